import type { IncomingHttpHeaders } from 'node:http';

/** Far more than a trace has; a longer one is not kept with what it came with. */
const CHARACTERS_MAX = 1_024;

/**
 * X-Ray's header of a request. SDKs inside functions send it with each of theirs, so that what they put into a queue, topic
 * or bucket goes on in the same trace. undefined: there is none, or it is no trace.
 */
export function traceHeader(headers: IncomingHttpHeaders): string | undefined {
  const given = headers['x-amzn-trace-id'];
  if (typeof given !== 'string' || given.length > CHARACTERS_MAX) return undefined;
  return /^(?:[\x20-\x7e]*;)?\s*Root=1-[\x20-\x7e]+$/i.test(given) ? given : undefined;
}
