import type { ServerResponse } from 'node:http';
import type { Outcome, ResponseSink } from '../../environments/spec.ts';
import { eventMessage } from '../../wire/protocols/event-stream.ts';
import { type Door, doorAt, type InvokeDoorPorts, whatRan } from './invoke-call.ts';

const INVOKE_WITH_RESPONSE_STREAM = {
  start: '/2021-11-15/functions/',
  end: '/response-streaming-invocations',
  types: ['RequestResponse', 'DryRun'],
} as const;
/** Of an answer that was not streamed, and of one that fails before it begins. */
const DEFAULT_CONTENT_TYPE = 'application/json';

/** The way in of InvokeWithResponseStream: as Invoke's, but the answer goes out as an event stream, as it comes. */
export function streamDoor(ports: InvokeDoorPorts): Door {
  return doorAt(INVOKE_WITH_RESPONSE_STREAM, ports, async (response, invocation) => {
    const events = eventStream(response, invocation.requestId, invocation.traceId);
    const result = await ports.invoke({ ...invocation, sink: events.sink });
    const outcome = whatRan(response, result, invocation);
    if (outcome !== undefined) events.complete(outcome);
  });
}

/**
 * Writes to the response what a function answers, event by event, and tells when its client takes no more. A client that
 * has left takes everything: the function runs to its end, as on AWS.
 */
function eventStream(response: ServerResponse, requestId: string, traceId: string) {
  let onDrain = () => {};
  let gone = false;
  let begun = false;
  response.on('drain', () => onDrain());
  response.once('close', () => {
    gone = true;
    onDrain();
  });

  const begin = (version: string, contentType: string | undefined) => {
    begun = true;
    if (gone) return;
    response.writeHead(200, [
      ...['Content-Type', 'application/vnd.amazon.eventstream'],
      ...['x-amzn-RequestId', requestId],
      ...['X-Amzn-Trace-Id', traceId],
      ...['X-Amz-Executed-Version', version],
      // The content type proper is taken: it says how the events are written (lambda-facts 1.4).
      ...['X-Amzn-Remapped-Content-Type', headerValue(contentType ?? DEFAULT_CONTENT_TYPE)],
    ]);
  };
  const sink = (version: string): ResponseSink => ({
    begin: (contentType) => begin(version, contentType),
    write: (piece) => gone || response.write(eventMessage(PAYLOAD_CHUNK, piece)),
    onDrain: (listener) => {
      onDrain = listener;
      if (gone) listener();
    },
  });
  return {
    sink,
    complete: (outcome: Outcome) => {
      const event = completion(outcome, begun);
      if (!begun) begin(outcome.version, undefined);
      if (!gone) response.end(eventMessage(INVOKE_COMPLETE, JSON.stringify(event)));
    },
  };
}

const PAYLOAD_CHUNK = {
  ':message-type': 'event',
  ':event-type': 'PayloadChunk',
  ':content-type': 'application/octet-stream',
};
const INVOKE_COMPLETE = {
  ':message-type': 'event',
  ':event-type': 'InvokeComplete',
  ':content-type': 'application/json',
};

const TRUNCATED = 'Runtime.TruncatedResponse';
/** The runtime ended, or its connection broke. */
const CUT_SHORT: ReadonlySet<unknown> = new Set(['Runtime.ExitError', TRUNCATED]);

/**
 * The last event. AWS says `Unhandled` with the error's payload as details; of a runtime that broke off in the midst of
 * its answer it says `Runtime.TruncatedResponse` without details (as clients of AWS report it, for example Remotion's).
 */
export function completion(outcome: Outcome, begun: boolean): Record<string, string> {
  const log: Record<string, string> = outcome.tail === undefined ? {} : { LogResult: outcome.tail.toString('base64') };
  if (outcome.kind === 'answer') return log;
  const details = outcome.payload.toString();
  if (begun && CUT_SHORT.has(errorType(details))) return { ErrorCode: TRUNCATED, ...log };
  return { ErrorCode: 'Unhandled', ErrorDetails: details, ...log };
}

function errorType(details: string): unknown {
  try {
    const parsed: unknown = JSON.parse(details);
    return typeof parsed === 'object' && parsed !== null && 'errorType' in parsed ? parsed.errorType : undefined;
  } catch {
    // A custom runtime may say what it likes.
    return undefined;
  }
}

/** A function says what it likes; what cannot stand in a header is left out. */
function headerValue(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e]/g, '');
}
