import { Malformed } from './codecs/malformed.ts';

/**
 * Throws `Malformed` for a number with a fraction where an integer is meant, which the SDK's schemas do not tell apart
 * from a double. `fractions`: members that are doubles, or lists or maps of such.
 */
export function assertWhole(input: Readonly<Record<string, unknown>>, fractions: readonly string[]): void {
  for (const [name, value] of Object.entries(input)) {
    if (!fractions.includes(name)) look(name, value, fractions);
  }
}

function look(name: string, value: unknown, fractions: readonly string[]): void {
  if (typeof value === 'number' && !Number.isInteger(value)) {
    throw new Malformed(`${value} cannot be converted to Integer: ${name} takes whole numbers`);
  }
  if (Array.isArray(value)) for (const element of value) look(name, element, fractions);
  else if (isPlain(value)) assertWhole(value, fractions);
}

/** A structure or a map; not a blob, a stream or a time. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
