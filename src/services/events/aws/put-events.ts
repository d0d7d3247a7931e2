import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers, RequestContext } from '../../../wire/service.ts';
import { busArn } from '../bus.ts';
import type { Buses } from '../buses.ts';
import { newEvent } from '../event.ts';
import { EventsRefused } from '../refusal.ts';
import { assertReachable, namedBus } from './access.ts';
import { invalid, notYet } from './words.ts';

type Client = typeof import('@aws-sdk/client-eventbridge');

/** AWS: 1 MB of all entries since January 2026; 256 KB before. */
const ENTRIES_BYTES_MAX = 1024 * 1024;
/** What a time counts for ("Calculating PutEvents event entry size", user guide). */
const TIME_BYTES = 14;

type EntryAnswer = { EventId: string } | { ErrorCode: string; ErrorMessage: string };

export function putEventsHandlers(
  buses: () => Buses,
  ports: { nowMs: () => number; uuid: () => string },
): Handlers<Client> {
  return {
    async PutEvents({ Entries = [], EndpointId }, context) {
      if (EndpointId !== undefined) throw notYet('global endpoints');
      if (Entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > ENTRIES_BYTES_MAX)
        throw invalid('Total size of the entries in the request is over the limit.');
      const answers = await Promise.all(Entries.map((entry) => putEvent(buses(), entry, context, ports)));
      return { FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers };
    },
  };
}

async function putEvent(
  buses: Buses,
  entry: PutEventsRequestEntry,
  context: RequestContext,
  { nowMs, uuid }: { nowMs: () => number; uuid: () => string },
): Promise<EntryAnswer> {
  const { Source, DetailType, Detail, Resources = [], Time, TraceHeader, EventBusName } = entry;
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if ((value ?? '') !== '') continue;
    return failed('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`);
  }
  if (Source?.startsWith('aws.')) return failed('NotAuthorizedForSourceException', 'Not authorized for the source.');
  const event = newEvent({
    ...{ id: uuid(), account: context.account, region: context.region },
    ...{ source: Source ?? '', detailType: DetailType ?? '', detail: Detail ?? '' },
    ...{ timeMs: Time?.getTime() ?? nowMs(), resources: Resources, traceHeader: TraceHeader },
  });
  if (event === undefined) return failed('MalformedDetail', 'Detail is malformed.');
  try {
    const key = namedBus(EventBusName, context);
    assertReachable(buses, key, 'PutEvents', busArn(key), context);
    // Recorded: a bus that is not there takes events, too, and they are gone.
    if (buses.findBus(key) !== undefined) await buses.publish(key, event, 'put');
  } catch (error) {
    if (error instanceof AwsError) return failed(error.code, error.message);
    // An ARN that names no bus of this region is as good as a bus that is not there.
    if (!(error instanceof EventsRefused)) throw error;
  }
  return { EventId: event.id };
}

const failed = (ErrorCode: string, ErrorMessage: string): EntryAnswer => ({ ErrorCode, ErrorMessage });

function sizeOf({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: PutEventsRequestEntry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : TIME_BYTES);
}

/** An entry as AWS prints it where it tells that there are too many. */
export function printedEntry(entry: PutEventsRequestEntry): string {
  const { Time, Source, Resources, DetailType, Detail, EventBusName, TraceHeader } = entry;
  const members = {
    time: Time?.toISOString(),
    source: Source,
    resources: Resources && `[${Resources.join(', ')}]`,
    detailType: DetailType,
    detail: Detail,
    eventBusName: EventBusName,
    traceHeader: TraceHeader,
    kmsKeyIdentifier: undefined,
    internalMetadata: undefined,
  };
  const printed = Object.entries(members).map(([name, value]) => `${name}=${value ?? 'null'}`);
  return `PutEventsRequestEntry(${printed.join(', ')})`;
}
