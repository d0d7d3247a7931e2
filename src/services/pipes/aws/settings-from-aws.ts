import type {
  PipeEnrichmentParameters,
  PipeSourceParameters,
  PipeTargetParameters,
  UpdatePipeSourceParameters,
} from '@aws-sdk/client-pipes';
import { parseArn } from '../../../delivery/arn.ts';
import type { PipeEnrichment, PipeSource, PipeTarget } from '../pipe.ts';
import { invalid, notYet } from './words.ts';

/** Sources that AWS has and that are not read here. */
const SOURCES: Readonly<Record<string, string>> = {
  kinesis: 'Kinesis streams',
  dynamodb: 'DynamoDB streams',
  kafka: 'Amazon MSK clusters',
  mq: 'Amazon MQ brokers',
};

const SQS_SOURCE: PipeSource = { arn: '', batchSize: 10, batchWindowMs: 0, filters: [] };

/** The source of a new pipe. Throws ValidationException, and NotImplemented for what AWS has and is missing here. */
export function sourceFromAws(arn: string, parameters: PipeSourceParameters | undefined): PipeSource {
  const service = parseArn(arn)?.service ?? '';
  const missing = arn.startsWith('smk:') ? 'Kafka clusters' : SOURCES[service];
  if (missing !== undefined) throw notYet(`${missing} as sources of pipes`);
  if (service !== 'sqs') throw invalid('Source', `${arn} cannot be the source of a pipe.`);
  return changedSource({ ...SQS_SOURCE, arn }, parameters);
}

/** What is not given stays. */
export function changedSource(
  source: PipeSource,
  parameters: PipeSourceParameters | UpdatePipeSourceParameters = {},
): PipeSource {
  const { FilterCriteria: criteria, SqsQueueParameters: queue, ...others } = parameters;
  assertNone('SourceParameters', others);
  const { BatchSize = source.batchSize, MaximumBatchingWindowInSeconds: seconds } = queue ?? {};
  return {
    ...source,
    batchSize: BatchSize,
    batchWindowMs: seconds === undefined ? source.batchWindowMs : seconds * 1_000,
    filters: criteria === undefined ? source.filters : (criteria.Filters ?? []).map(({ Pattern = '' }) => Pattern),
  };
}

/** undefined: there is none. An empty ARN takes it away. */
export function enrichmentFromAws(
  arn: string | undefined,
  parameters: PipeEnrichmentParameters | undefined,
): PipeEnrichment | undefined {
  if (arn === undefined || arn === '') return undefined;
  const service = parseArn(arn)?.service;
  if (service !== 'lambda') throw notYet(`enrichments other than functions (${arn})`);
  const { InputTemplate, HttpParameters } = parameters ?? {};
  assertNone('EnrichmentParameters', { HttpParameters });
  return { arn, template: InputTemplate || undefined };
}

/** `delivers`: whether something can be delivered to resources of a service. */
export function targetFromAws(
  arn: string,
  parameters: PipeTargetParameters = {},
  delivers: (service: string) => boolean,
): PipeTarget {
  const { InputTemplate, ...own } = parameters;
  const target = { arn, template: InputTemplate || undefined };
  const { service = '', resource = '' } = parseArn(arn) ?? {};
  if (!delivers(service)) throw notYet(`targets of pipes like ${arn}`);
  switch (service) {
    case 'lambda': {
      const { LambdaFunctionParameters: lambda, ...others } = own;
      assertNone('TargetParameters', others);
      const type = lambda?.InvocationType;
      if (type === undefined) return { ...target, kind: 'function' };
      return { ...target, kind: 'function', invocation: type === 'FIRE_AND_FORGET' ? 'handed-over' : 'waited-for' };
    }
    case 'sqs': {
      const { SqsQueueParameters: queue, ...others } = own;
      assertNone('TargetParameters', others);
      const { MessageGroupId: groupId, MessageDeduplicationId: deduplicationId } = queue ?? {};
      return { ...target, kind: 'queue', groupId: groupId || undefined, deduplicationId: deduplicationId || undefined };
    }
    case 'sns':
      assertNone('TargetParameters', own);
      // "SNS FIFO topics not supported" (EventBridge Pipes targets, user guide).
      if (arn.endsWith('.fifo')) throw invalid('Target', 'FIFO topics are not supported as targets of pipes.');
      return { ...target, kind: 'topic' };
    case 'events': {
      const { EventBridgeEventBusParameters: bus, ...others } = own;
      assertNone('TargetParameters', others);
      if (!resource.startsWith('event-bus/')) throw notYet(`targets of pipes like ${arn}`);
      if (bus?.EndpointId !== undefined) throw notYet('global endpoints of event buses');
      const { Source: source, DetailType: detailType, Resources: resources, Time: time } = bus ?? {};
      return { ...target, kind: 'bus', source, detailType, resources, time };
    }
    default:
      throw notYet(`targets of pipes like ${arn}`);
  }
}

/** Parameters of something else than what the pipe has: to take them and do nothing would be a lie. */
function assertNone(within: string, parameters: object): void {
  const [name] = Object.entries(parameters).find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined)
    throw invalid(`${within}.${name}`, 'The parameter does not belong to what the pipe connects.');
}
