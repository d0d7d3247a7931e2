import type { UpdateFunctionConfigurationRequest } from '@aws-sdk/client-lambda';
import type { SettingsPatch } from '../settings.ts';

/** AWS's members and units in our words. */
export function settingsFromAws(input: Omit<UpdateFunctionConfigurationRequest, 'FunctionName'>): SettingsPatch {
  const { LoggingConfig: logging } = input;
  return {
    description: input.Description,
    roleArn: input.Role,
    runtime: input.Runtime,
    handler: input.Handler,
    timeoutMs: input.Timeout === undefined ? undefined : input.Timeout * 1_000,
    memoryMb: input.MemorySize,
    ephemeralMb: input.EphemeralStorage?.Size,
    variables: input.Environment === undefined ? undefined : (input.Environment.Variables ?? {}),
    tracing: input.TracingConfig?.Mode,
    snapStart: input.SnapStart?.ApplyOn === undefined ? undefined : input.SnapStart.ApplyOn === 'PublishedVersions',
    // AWS: without a target, or with an empty one, there is no dead-letter queue.
    deadLetterArn: input.DeadLetterConfig === undefined ? undefined : (input.DeadLetterConfig.TargetArn ?? ''),
    logging:
      logging === undefined
        ? undefined
        : {
            format: logging.LogFormat,
            group: logging.LogGroup,
            applicationLevel: logging.ApplicationLogLevel,
            systemLevel: logging.SystemLogLevel,
          },
  };
}
