import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import {
  type Failure,
  type FunctionKey,
  functionArn,
  LATEST,
  type Lifecycle,
  type Logging,
  type Version,
} from '../function.ts';
import { runtimeVersionArn } from '../runtime-version-arn.ts';
import { signingMembers } from './signing-members.ts';

// As seen in answers of AWS that its users have published; the codes are those of its model.
const IDLE: Failure = { reason: 'The function is currently idle.', reasonCode: 'Idle' };
const RESTORING: Failure = { reason: 'The function is being restored.', reasonCode: 'Restoring' };
const CREATING: Failure = { reason: 'The function is being created.', reasonCode: 'Creating' };

/** A version as the operations on single functions show it. `qualifier` is what its ARN ends with, if anything. */
export function configuration(
  key: FunctionKey,
  version: Version,
  qualifier: string | undefined,
): FunctionConfiguration {
  const { definition } = version;
  // SAFE: the SDK's types list the codes it knows; ours are of that list or come from `prepare`, which uses it.
  const state = stateMembers(version.lifecycle) as Partial<FunctionConfiguration>;
  return {
    ...listedConfiguration(key, version, qualifier),
    ...state,
    RuntimeVersionConfig: {
      RuntimeVersionArn: runtimeVersionArn(key.region, definition.settings.runtime, definition.runtimeVersion),
    },
  };
}

/** The same in lists, which show no states and no runtime version (lambda-facts 3.3). */
export function listedConfiguration(
  key: FunctionKey,
  version: Version,
  qualifier: string | undefined,
): FunctionConfiguration {
  const { settings, code, architecture } = version.definition;
  return {
    FunctionName: key.name,
    FunctionArn: functionArn(key, qualifier),
    Runtime: settings.runtime as FunctionConfiguration['Runtime'], // SAFE: checked when it was set.
    Role: settings.roleArn,
    Handler: settings.handler,
    CodeSize: code.bytes,
    Description: settings.description,
    Timeout: settings.timeoutMs / 1_000,
    MemorySize: settings.memoryMb,
    LastModified: isoTimestamp(version.modifiedMs),
    CodeSha256: Buffer.from(code.digest, 'hex').toString('base64'),
    Version: version.version,
    Environment: settings.variables === undefined ? undefined : { Variables: { ...settings.variables } },
    DeadLetterConfig: settings.deadLetterArn === undefined ? undefined : { TargetArn: settings.deadLetterArn },
    TracingConfig: { Mode: settings.tracing },
    RevisionId: version.revisionId,
    ...signingMembers(code),
    PackageType: 'Zip',
    Architectures: [architecture],
    EphemeralStorage: { Size: settings.ephemeralMb },
    SnapStart: snapStart(version),
    LoggingConfig: loggingConfig(settings.logging),
    Layers:
      settings.layers.length === 0
        ? undefined
        : settings.layers.map((layer) => ({
            Arn: layer.arn,
            CodeSize: layer.code.bytes,
            ...signingMembers(layer.code),
          })),
  };
}

/** A version is optimised once its hooks have run, which is when it becomes active (lambda-facts 3.7). */
function snapStart({ version, definition, lifecycle }: Version): FunctionConfiguration['SnapStart'] {
  if (definition.settings.snapStart !== true) return { ApplyOn: 'None', OptimizationStatus: 'Off' };
  const isOptimised = version !== LATEST && lifecycle.kind === 'active';
  return { ApplyOn: 'PublishedVersions', OptimizationStatus: isOptimised ? 'On' : 'Off' };
}

function stateMembers(lifecycle: Lifecycle): Record<string, string | undefined> {
  switch (lifecycle.kind) {
    case 'creating':
      return { State: 'Pending', StateReason: CREATING.reason, StateReasonCode: CREATING.reasonCode };
    case 'creation-failed':
      return { State: 'Failed', StateReason: lifecycle.reason, StateReasonCode: lifecycle.reasonCode };
    case 'active':
      return { State: 'Active', LastUpdateStatus: 'Successful' };
    case 'inactive':
      return stateWithReason('Inactive', lifecycle.failure ?? IDLE);
    case 'restoring':
      return stateWithReason('Pending', RESTORING);
    case 'updating':
      return updateMembers('InProgress', CREATING);
    case 'update-failed':
      return updateMembers('Failed', lifecycle);
  }
}

/** Of a function that was active before: the outcome of its last update is shown, too. */
function stateWithReason(state: string, { reason, reasonCode }: Failure) {
  return { State: state, StateReason: reason, StateReasonCode: reasonCode, LastUpdateStatus: 'Successful' };
}

function updateMembers(status: string, { reason, reasonCode }: Failure) {
  return {
    State: 'Active',
    LastUpdateStatus: status,
    LastUpdateStatusReason: reason,
    LastUpdateStatusReasonCode: reasonCode,
  };
}

function loggingConfig(logging: Logging): FunctionConfiguration['LoggingConfig'] {
  if (logging.format === 'Text') return { LogFormat: 'Text', LogGroup: logging.group };
  return {
    LogFormat: 'JSON',
    // SAFE: the levels that a request may give were checked when it did.
    ApplicationLogLevel: logging.applicationLevel,
    SystemLogLevel: logging.systemLevel as 'DEBUG' | 'INFO' | 'WARN',
    LogGroup: logging.group,
  };
}

/** `2024-05-06T07:08:09.010+0000` (lambda-facts 1.1). */
export function isoTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000');
}
