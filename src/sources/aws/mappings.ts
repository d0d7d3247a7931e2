import type { CreateEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import { readTarget } from '../../functions/aws/function-target.ts';
import { page } from '../../functions/aws/page.ts';
import { invalid } from '../../functions/aws/refusal-to-aws.ts';
import type { Place } from '../../functions/function.ts';
import { type MappedFunction, type Mapping, type Start, sourceArn, targetArn } from '../mapping.ts';
import type { Mappings } from '../mappings.ts';
import { kindOf, type SourceRequest } from '../source.ts';
import { POSITIONS, shown as shownWith } from './mapping-to-aws.ts';
import type { MappingOperation } from './operation.ts';
import { unsupported } from './refusal-to-aws.ts';
import { assertMembers, kafkaConfig, settingsFromAws, virtualHostOf } from './settings-from-aws.ts';

// Answers and texts: lambda-facts 13.1 and 13.2.

const PAGE_MAX = 100; // AWS: never more on one page, however many are asked for (the API's reference).

export const createEventSourceMapping: MappingOperation<'CreateEventSourceMapping'> =
  (mappings) => async (input, context) => {
    assertMembers(input);
    const mapping = await mappings.create(context, {
      source: sourceFromAws(input),
      target: targetFromAws(input.FunctionName, context),
      settings: (source) => settingsFromAws(input, source),
      enabled: input.Enabled ?? true,
      tags: input.Tags ?? {},
    });
    return shown(mappings, mapping);
  };

export const getEventSourceMapping: MappingOperation<'GetEventSourceMapping'> = (mappings) => (input, context) =>
  shown(mappings, mappings.find(context, input.UUID ?? ''));

export const listEventSourceMappings: MappingOperation<'ListEventSourceMappings'> = (mappings) => (input, context) => {
  const { EventSourceArn, FunctionName } = input;
  const target = FunctionName === undefined ? undefined : targetArn(targetFromAws(FunctionName, context));
  const found = mappings
    .list(context)
    // A name without a qualifier is the unqualified function, and not each of its versions and aliases.
    .filter((mapping) => target === undefined || targetArn(mapping.target) === target)
    .filter(({ source }) => EventSourceArn === undefined || sourceArn(source) === EventSourceArn);
  const { items, nextMarker } = page(found, ({ id }) => [id, 0], {
    marker: input.Marker,
    maxItems: input.MaxItems,
    pageMax: PAGE_MAX,
  });
  return { EventSourceMappings: items.map((mapping) => shown(mappings, mapping)), NextMarker: nextMarker };
};

export const updateEventSourceMapping: MappingOperation<'UpdateEventSourceMapping'> =
  (mappings) => async (input, context) => {
    assertMembers(input);
    const { source } = mappings.find(context, input.UUID ?? '');
    // Not even to what it is (as seen in AWS's answers).
    if (kafkaConfig(input, source)?.ConsumerGroupId !== undefined) {
      const block = source.kind === 'msk' ? 'amazonManagedKafkaEventSourceConfig' : 'selfManagedKafkaEventSourceConfig';
      throw unsupported(`${block}.consumerGroupId`);
    }
    // Ours, after the API's reference: it may not be given here.
    if (virtualHostOf(input) !== undefined) throw invalid('VIRTUAL_HOST cannot be changed. Make another mapping.');
    const mapping = await mappings.update(context, input.UUID ?? '', {
      target: input.FunctionName === undefined ? undefined : targetFromAws(input.FunctionName, context),
      settings: settingsFromAws(input, source),
      enabled: input.Enabled,
    });
    return shown(mappings, mapping);
  };

export const deleteEventSourceMapping: MappingOperation<'DeleteEventSourceMapping'> =
  (mappings) => async (input, context) =>
    shown(mappings, await mappings.delete(context, input.UUID ?? ''));

const shown = (mappings: Mappings, mapping: Mapping) => shownWith(mapping, mappings.lastResult(mapping));

function targetFromAws(name: string | undefined, where: Place): MappedFunction {
  const { account, region, name: functionName, qualifier } = readTarget(name, undefined, where);
  return { key: { account, region, name: functionName }, qualifier };
}

/** Throws AwsError, and `MappingRefused` for a source that is none. */
function sourceFromAws(input: CreateEventSourceMappingRequest): SourceRequest {
  const request = {
    arn: input.EventSourceArn,
    servers: input.SelfManagedEventSource?.Endpoints?.KAFKA_BOOTSTRAP_SERVERS,
  };
  return {
    ...request,
    topics: input.Topics,
    queues: input.Queues,
    virtualHost: virtualHostOf(input),
    consumerGroup: kafkaConfig(input, { kind: kindOf(request) })?.ConsumerGroupId,
    position: POSITION_OF[input.StartingPosition ?? ''],
    atMs: input.StartingPositionTimestamp?.getTime(),
  };
}

const POSITION_OF: Readonly<Record<string, Start['position'] | undefined>> = Object.fromEntries(
  Object.entries(POSITIONS).map(([ours, theirs]) => [theirs, ours as Start['position']]), // SAFE: keys of POSITIONS.
);
