/** What X-Ray's own clients write, and nothing is missing of: the usual case, which is handed on as it came. */
const WHOLE = /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01](?:;Lineage=[^;\s]+)?$/;

/**
 * The X-Ray header handed to the function, with all that functions may count on: the caller's trace and what it has decided
 * of it, the parent if it has named one; else a new trace that is not sampled. `random24` is 24 hex digits, `random16` 16.
 * Form: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html
 */
export function traceId(received: string | undefined, nowMs: number, random24: string, random16: string): string {
  if (received === undefined) return `Root=${newRoot(nowMs, random24)};Parent=${random16};Sampled=0`;
  if (WHOLE.test(received)) return received;
  const fields = new Map(
    received.split(';').map((field): [string, string] => {
      const [name = '', value = ''] = field.trim().split('=', 2);
      return [name.toLowerCase(), value];
    }),
  );
  const given = (name: string, form: RegExp) => {
    const value = fields.get(name);
    return value !== undefined && form.test(value) ? value : undefined;
  };
  const root = given('root', /^1-[0-9a-f]{8}-[0-9a-f]{24}$/i);
  const parent = (root === undefined ? undefined : given('parent', /^[0-9a-f]{16}$/i)) ?? random16;
  // `?` asks for a decision: no traces are written.
  const sampled = (root === undefined ? undefined : given('sampled', /^[01]$/)) ?? '0';
  const lineage = root === undefined ? undefined : given('lineage', /^[^;\s]+$/);
  const end = lineage === undefined ? '' : `;Lineage=${lineage}`;
  return `Root=${root ?? newRoot(nowMs, random24)};Parent=${parent};Sampled=${sampled}${end}`;
}

function newRoot(nowMs: number, random24: string): string {
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, '0');
  return `1-${seconds}-${random24}`;
}

/** The same, with the digits of a random UUID. */
export function newTraceId(received: string | undefined, nowMs: number, uuid: string): string {
  return traceId(
    received,
    nowMs,
    uuid.slice(-12) + uuid.slice(0, 8) + uuid.slice(9, 13),
    uuid.slice(0, 8) + uuid.slice(24, 32),
  );
}
