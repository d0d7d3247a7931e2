import type { Subscription, TelemetryEvent } from './telemetry-event.ts';

/** AWS's words, whatever it was. */
const FAULT = 'Process exited before completing request';

/**
 * An event as the subscriber's API and schema version tell it: JSON texts of none, one or two records. The Logs API is the
 * older one: it has an END, no spans, and no events of the init (AWS, "Lambda Logs API").
 */
export function encodeEvent(
  event: TelemetryEvent,
  { api, schemaVersion }: Pick<Subscription, 'api' | 'schemaVersion'>,
  jsonRecords: boolean,
): readonly string[] {
  const time = new Date(event.timeMs).toISOString();
  const text = (type: string, record: unknown) => JSON.stringify({ time, type, record });
  if (typeof event.record === 'string') {
    // AWS: before the schema of 2022-12-13 a record of a function is always a string.
    const asObject = jsonRecords && api === 'telemetry' && schemaVersion >= '2022-12-13';
    const record = asObject && isObject(event.record) ? onOneLine(event.record) : JSON.stringify(event.record);
    return [`{"time":"${time}","type":"${event.type}","record":${record}}`];
  }
  if (api === 'telemetry') return [text(event.type, event.record)];

  const { requestId, version, status, metrics, tracing } = event.record;
  switch (event.type) {
    case 'platform.start':
      return [text('platform.start', { requestId, version })];
    case 'platform.runtimeDone':
      return [
        ...(schemaVersion >= '2021-03-18'
          ? [text('platform.runtimeDone', { requestId, status: status === 'error' ? 'failure' : status })]
          : []),
        ...(status === 'error' ? [text('platform.fault', `RequestId: ${requestId} ${FAULT}`)] : []),
      ];
    case 'platform.report':
      return [
        text('platform.end', { requestId }),
        text('platform.report', { requestId, metrics, ...(tracing === undefined ? {} : { tracing }) }),
      ];
    case 'platform.telemetrySubscription':
      return [text('platform.logsSubscription', event.record)];
    case 'platform.extension':
    case 'platform.logsDropped':
      return [text(event.type, event.record)];
    default:
      return [];
  }
}

function isObject(text: string): boolean {
  if (!text.startsWith('{')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    // A line that only looks like JSON: it stays a string.
    return false;
  }
}

/**
 * A JSON text as it stands: made anew from what was read of it, one that is nested deep enough would be too much for the
 * stack. Line breaks, which end a record on their way to a TCP subscriber, are white space between its words.
 */
function onOneLine(json: string): string {
  return json.replaceAll(/[\r\n]+/g, ' ').trimEnd();
}
