// What destinations and dead-letter queues are told (lambda-facts 9.2, 9.3).

import { parseArn } from '../../delivery/arn.ts';
import type { EventFacts } from '../../delivery/message.ts';
import { LATEST } from '../../functions/function.ts';
import { jsonFlaw, parsedJson } from '../../lib/json-flaw.ts';
import { EMPTY_EVENT } from '../payload.ts';
import type { QueuedEvent } from './event.ts';
import type { Fate } from './event-fate.ts';

export type Ended = Extract<Fate, { kind: 'succeeded' | 'given-up' }>;

/** AWS: "The first 1 KB of the error message" (invocation-async-retain-records). */
const ERROR_MESSAGE_CHARACTERS_MAX = 1_024;

/** The record of an invocation for a destination, as JSON. */
export function eventRecord(ended: Ended, payload: Buffer, nowMs: number): Buffer {
  const { event } = ended;
  const run = runOf(ended);
  const condition = ended.kind === 'succeeded' ? 'Success' : ended.condition;
  const members = [
    ['version', '"1.0"'],
    ['timestamp', JSON.stringify(new Date(nowMs).toISOString())],
    [
      'requestContext',
      JSON.stringify({
        requestId: event.requestId,
        functionArn: qualifiedArn(event),
        condition,
        approximateInvokeCount: event.attempts,
      }),
    ],
    // As it came: it was checked to be JSON when it was accepted.
    ['requestPayload', eventText(payload)],
    ...(run === undefined
      ? []
      : [
          [
            'responseContext',
            JSON.stringify({
              statusCode: 200,
              executedVersion: run.version,
              ...(ended.kind === 'succeeded' ? {} : { functionError: 'Unhandled' }),
            }),
          ],
          ['responsePayload', jsonOf(run.payload)],
        ]),
  ];
  return Buffer.from(`{${members.map(([name, json]) => `"${name}":${json}`).join(',')}}`);
}

/** What stands beside the event in a dead-letter queue. */
export function deadLetterAttributes({ event, error }: Extract<Ended, { kind: 'given-up' }>) {
  const status = 'status' in error ? error.status : 200;
  const message = 'status' in error ? error.message : errorMessage(error.payload);
  return {
    RequestID: { type: 'String', value: event.requestId },
    ErrorCode: { type: 'Number', value: String(status) },
    ErrorMessage: { type: 'String', value: message.slice(0, ERROR_MESSAGE_CHARACTERS_MAX) || '-' },
  };
}

/** How an event bus tells of the record (lambda-facts 9.2); undefined for other destinations. */
export function busFacts(destination: string, { kind, event }: Ended): EventFacts | undefined {
  if (parseArn(destination)?.service !== 'events') return undefined;
  return {
    source: 'lambda',
    detailType: `Lambda Function Invocation Result - ${kind === 'succeeded' ? 'Success' : 'Failure'}`,
    resources: [destination, qualifiedArn(event)],
  };
}

/** AWS: `aws/lambda/async/<function-name>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<Random UUID>` (invocation-async-retain-records). */
export function recordKey({ name }: QueuedEvent, nowMs: number, uuid: string): string {
  const [day = '', time = ''] = new Date(nowMs).toISOString().split('T');
  return `aws/lambda/async/${name}/${day.replaceAll('-', '/')}/${day}T${time.slice(0, 8).replaceAll(':', '.')}-${uuid}`;
}

/** What the function got. */
export function eventText(payload: Buffer): string {
  return (payload.length === 0 ? EMPTY_EVENT : payload).toString();
}

function runOf(ended: Ended): { version: string; payload: string } | undefined {
  if (ended.kind === 'succeeded') return { version: ended.version, payload: ended.payload.toString() };
  return 'status' in ended.error ? undefined : ended.error;
}

/** Records name what was invoked with a qualifier, also where the caller gave none. */
function qualifiedArn({ invokedArn, qualifier }: QueuedEvent): string {
  return qualifier === undefined ? `${invokedArn}:${LATEST}` : invokedArn;
}

/** A custom runtime may answer what is no JSON. */
function jsonOf(text: string): string {
  return jsonFlaw(Buffer.from(text)) === undefined ? text : JSON.stringify(text);
}

function errorMessage(payload: string): string {
  const error = parsedJson(payload)?.value;
  const message =
    typeof error === 'object' && error !== null && 'errorMessage' in error ? error.errorMessage : undefined;
  return typeof message === 'string' ? message : payload;
}
