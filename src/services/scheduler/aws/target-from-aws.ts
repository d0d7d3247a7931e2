import type { Target } from '@aws-sdk/client-scheduler';
import { parseArn } from '../../../delivery/arn.ts';
import { operationOf } from '../outgoing.ts';
import type { ScheduleTarget, Scope } from '../schedule.ts';
import { invalid, notYet } from './words.ts';

// RetryPolicy, EventBridge Scheduler API reference.
const RETRIES_MAX = 185;
const AGE_SECONDS_MAX = 86_400;

/** AWS's other templated targets (User Guide, "Using templated targets"), by the service in their ARNs. */
const NOT_YET = new Set([
  'codebuild',
  'codepipeline',
  'ecs',
  'firehose',
  'inspector',
  'kinesis',
  'sagemaker',
  'states',
]);

/** Which service has which parameters. */
const PARAMETERS = {
  EcsParameters: 'ecs',
  EventBridgeParameters: 'events',
  KinesisParameters: 'kinesis',
  SageMakerPipelineParameters: 'sagemaker',
  SqsParameters: 'sqs',
} as const;

/** Members of a target that Lambent does something with, or refuses by itself. */
const KNOWN = new Set([...['Arn', 'RoleArn', 'Input', 'RetryPolicy', 'DeadLetterConfig'], ...Object.keys(PARAMETERS)]);

/** What resources of each service are named like. */
const RESOURCES: Readonly<Record<string, RegExp>> = {
  events: /^event-bus\/[\w./-]+$/,
  lambda: /^function:[\w-]+(?::[\w$-]+)?$/,
  sns: /^[\w-]+(?:\.fifo)?$/,
  sqs: /^[\w-]+(?:\.fifo)?$/,
};

/** Throws what AWS answers to a target that is none; texts as recorded by those who have met them. */
export function targetFromAws(target: Target | undefined, scope: Scope): ScheduleTarget {
  const { Arn: arn = '', RoleArn: roleArn = '', Input: input, RetryPolicy: retries = {} } = target ?? {};
  for (const [name, value] of Object.entries(target ?? {}))
    if (value !== undefined && !KNOWN.has(name)) throw notYet(`${name} of targets of schedules`);
  const parsed = parseArn(arn);
  if (parsed === undefined) throw invalid('Provided Arn is not in correct format.');
  if (arn.startsWith('arn:aws:scheduler:::aws-sdk:')) assertUniversal(arn, input);
  else assertTemplated(arn, target ?? {}, scope);
  const { MessageGroupId: groupId } = target?.SqsParameters ?? {};
  const { Source: source, DetailType: detailType } = target?.EventBridgeParameters ?? {};
  return {
    ...{ arn, roleArn, input, groupId },
    retries: {
      retriesMax: retries.MaximumRetryAttempts ?? RETRIES_MAX,
      ageMsMax: (retries.MaximumEventAgeInSeconds ?? AGE_SECONDS_MAX) * 1_000,
    },
    deadLetterArn: target?.DeadLetterConfig?.Arn,
    event: source === undefined || detailType === undefined ? undefined : { source, detailType },
  };
}

function assertUniversal(arn: string, input: string | undefined): void {
  const operation = arn.split(':')[7] ?? '';
  if (/^(?:get|describe|list)/.test(operation)) throw invalid(`${operation} API is not supported.`);
  if (input === undefined) throw invalid('You must provide an input to set this target for your schedule.');
  if (operationOf(arn) === undefined) throw notYet(`the target ${arn} of schedules`);
  assertJson(input);
}

function assertTemplated(arn: string, target: Partial<Target>, { region }: Scope): void {
  const { service = '', resource = '', region: targetRegion } = parseArn(arn) ?? {};
  const named = RESOURCES[service];
  if (NOT_YET.has(service)) throw notYet(`targets of ${service} of schedules`);
  if (named === undefined) throw invalid(`${service} is not a supported service for a target.`);
  if (!named.test(resource)) throw invalid('Provided Arn is not in correct format.');
  if (targetRegion !== region) throw invalid(`The target ARN provided does not match the current region ${region}.`);
  for (const [name, owner] of Object.entries(PARAMETERS)) {
    const isGiven = Reflect.get(target, name) !== undefined;
    if (isGiven && owner !== service) throw invalid(`Parameters ${name} not supported for the target.`);
  }
  if (service === 'events' && target.EventBridgeParameters === undefined)
    throw invalid('Parameters EventBridgeParameters must be specified.');
  if (service === 'sqs') assertGroup(resource.endsWith('.fifo'), target);
  // Queues and topics take any text (API reference, Target).
  if (target.Input !== undefined && service !== 'sqs' && service !== 'sns') assertJson(target.Input);
}

function assertGroup(isFifo: boolean, { SqsParameters }: Partial<Target>): void {
  const group = SqsParameters?.MessageGroupId;
  if (isFifo && group === undefined) throw invalid('Parameters SqsParameters must be specified.');
  if (!isFifo && group !== undefined) throw invalid('Parameters MessageGroupId not valid for the target.');
}

function assertJson(input: string): void {
  try {
    JSON.parse(input);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalid('JSON syntax error in input for the target.');
  }
}
