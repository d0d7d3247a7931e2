import type { Target } from '@aws-sdk/client-eventbridge';
import { parseArn } from '../../../delivery/arn.ts';
import { assertMayPass } from '../../../identity/index.ts';
import type { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import { busOfArn } from '../bus.ts';
import type { Buses } from '../buses.ts';
import type { RuleTarget, TargetInput } from '../rule.ts';
import { flawOfInput } from '../target-input.ts';
import { reachedRule } from './access.ts';
import { page } from './page.ts';
import { invalid, notYet } from './words.ts';

type Client = typeof import('@aws-sdk/client-eventbridge');

export function targetHandlers(buses: () => Buses): Handlers<Client> {
  return {
    async PutTargets({ Rule, EventBusName, Targets = [] }, context) {
      const key = reachedRule(buses(), { rule: Rule, bus: EventBusName }, 'PutTargets', context);
      const targets = Targets.map(targetFromAws);
      for (const { roleArn } of targets) assertMayPass(roleArn, 'events.amazonaws.com', context);
      await buses().putTargets(key, targets);
      return { FailedEntryCount: 0, FailedEntries: [] };
    },

    async RemoveTargets({ Rule, EventBusName, Ids = [] }, context) {
      const key = reachedRule(buses(), { rule: Rule, bus: EventBusName }, 'RemoveTargets', context);
      const missing = await buses().removeTargets(key, Ids);
      const FailedEntries = missing.map((TargetId) => ({
        TargetId,
        ErrorCode: 'ResourceNotFoundException',
        ErrorMessage: `Rule ${Rule} does not have a target with the Id ${TargetId}.`,
      }));
      return { FailedEntryCount: FailedEntries.length, FailedEntries };
    },

    ListTargetsByRule(input, context) {
      const key = reachedRule(buses(), { rule: input.Rule, bus: input.EventBusName }, 'ListTargetsByRule', context);
      const { items, answer } = page(
        input,
        undefined,
        (wanted) => buses().targets(key, wanted),
        ({ id }) => id,
      );
      return { Targets: items.map(targetToAws), ...answer };
    },
  };
}

/** Throws what AWS says of a target that is none, and an honest word of one that AWS knows and Lambent does not. */
function targetFromAws(target: Target): RuleTarget {
  const { Id: id = '', Arn: arn = '', RoleArn, SqsParameters, RetryPolicy, DeadLetterConfig } = target;
  const { KinesisParameters, RunCommandParameters, EcsParameters, BatchParameters, HttpParameters } = target;
  const { RedshiftDataParameters, SageMakerPipelineParameters, AppSyncParameters } = target;
  const others = [
    ...[KinesisParameters, RunCommandParameters, EcsParameters, BatchParameters, HttpParameters],
    ...[RedshiftDataParameters, SageMakerPipelineParameters, AppSyncParameters],
  ];
  assertTargetArn(arn);
  if (others.some((parameters) => parameters !== undefined)) throw notYet('parameters of such targets');
  const groupId = SqsParameters?.MessageGroupId;
  if (arn.includes(':sqs:') && arn.endsWith('.fifo') && (groupId ?? '') === '')
    throw invalid(`Parameter(s) MessageGroupId must be specified for target: ${id}.`);
  if (DeadLetterConfig?.Arn !== undefined && parseArn(DeadLetterConfig.Arn)?.service !== 'sqs')
    throw notInFormat(DeadLetterConfig.Arn);
  return {
    ...{ id, arn, roleArn: RoleArn, input: inputFromAws(id, target), groupId, deadLetterArn: DeadLetterConfig?.Arn },
    retries: { retriesMax: RetryPolicy?.MaximumRetryAttempts, ageSecondsMax: RetryPolicy?.MaximumEventAgeInSeconds },
  };
}

function assertTargetArn(text: string): void {
  const arn = parseArn(text);
  if (arn === undefined) throw notInFormat(text);
  const { service, resource } = arn;
  switch (service) {
    case 'lambda':
      if (!resource.startsWith('function:')) throw notInFormat(text);
      return;
    case 'sqs':
    case 'sns':
      return;
    case 'logs':
      if (!resource.startsWith('log-group:')) throw notInFormat(text);
      return;
    case 'events':
      if (busOfArn(text) !== undefined) return;
      throw resource.startsWith('api-destination/') ? notYet('API destinations') : notInFormat(text);
    default:
      throw notYet(`rules with targets of ${service}`);
  }
}

function notInFormat(arn: string): AwsError {
  return invalid(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
}

function inputFromAws(id: string, { Input, InputPath, InputTransformer }: Target): TargetInput | undefined {
  const inputs: TargetInput[] = [];
  if (Input !== undefined) inputs.push({ kind: 'constant', json: Input });
  if (InputPath !== undefined) inputs.push({ kind: 'path', path: InputPath });
  if (InputTransformer !== undefined) {
    const { InputPathsMap: paths = {}, InputTemplate: template = '' } = InputTransformer;
    for (const name of Object.keys(paths)) {
      if (/^aws\./i.test(name)) throw invalid(`Invalid InputPathsMap key ${name} for target ${id}: it is reserved.`);
    }
    inputs.push({ kind: 'template', paths, template });
  }
  if (inputs.length > 1)
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`);
  const [input] = inputs;
  const flaw = input && flawOfInput(input);
  switch (flaw?.kind) {
    case undefined:
      return input;
    case 'no-json':
      throw invalid(`JSON syntax error in input for target ${id}.`);
    case 'no-path':
      throw invalid(`Invalid InputPath for target ${id}.`);
    case 'unknown-placeholder':
      throw invalid(`InputTemplate for target ${id} contains invalid placeholder ${flaw.name}.`);
  }
}

function targetToAws({ id, arn, roleArn, input, groupId, retries, deadLetterArn }: RuleTarget) {
  const { retriesMax, ageSecondsMax } = retries;
  const hasRetries = retriesMax !== undefined || ageSecondsMax !== undefined;
  return {
    Id: id,
    Arn: arn,
    RoleArn: roleArn,
    Input: input?.kind === 'constant' ? input.json : undefined,
    InputPath: input?.kind === 'path' ? input.path : undefined,
    InputTransformer:
      input?.kind === 'template' ? { InputPathsMap: input.paths, InputTemplate: input.template } : undefined,
    SqsParameters: groupId === undefined ? undefined : { MessageGroupId: groupId },
    RetryPolicy: hasRetries ? { MaximumRetryAttempts: retriesMax, MaximumEventAgeInSeconds: ageSecondsMax } : undefined,
    DeadLetterConfig: deadLetterArn === undefined ? undefined : { Arn: deadLetterArn },
  };
}
