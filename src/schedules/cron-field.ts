/** What one field of a cron expression may hold. */
export interface FieldRange {
  readonly min: number;
  readonly max: number;
  /** `JAN` or `SUN` and so on, the first of which means `min`. */
  readonly names?: readonly string[];
  /** Whether `20-2` goes over the end of the field, as AWS's example `cron(0/30 20-2 ? * MON-FRI *)` has it. */
  readonly wraps: boolean;
  /** Whether `/` is one of its wildcards. */
  readonly steps: boolean;
}

const PART = /^(\*|[A-Z]+|\d+)(?:-([A-Z]+|\d+))?(?:\/(\d+))?$/;

/** The values that a field names, ascending: `*`, `5`, `1-5`, `0/15`, `8-17/2`, `MON-FRI`, and lists of those. undefined: it is none. */
export function readField(text: string, range: FieldRange): readonly number[] | undefined {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const named = readPart(part, range);
    if (named === undefined) return undefined;
    for (const value of named) values.add(value);
  }
  return [...values].sort((one, other) => one - other);
}

/** One value of a field, by its number or name. */
export function readValue(text: string | undefined, { min, max, names = [] }: FieldRange): number | undefined {
  if (text === undefined) return undefined;
  const named = names.indexOf(text);
  if (named >= 0) return min + named;
  const value = Number(text);
  return /^\d{1,4}$/.test(text) && value >= min && value <= max ? value : undefined;
}

function readPart(part: string, range: FieldRange): number[] | undefined {
  const [, first, last, step] = PART.exec(part) ?? [];
  const { min, max, wraps, steps } = range;
  const from = first === '*' ? min : readValue(first, range);
  const to = last === undefined ? (first === '*' || step !== undefined ? max : from) : readValue(last, range);
  if (from === undefined || to === undefined || (first === '*' && last !== undefined)) return undefined;
  if (step !== undefined && (!steps || Number(step) < 1 || Number(step) > max)) return undefined;
  if (from > to && !wraps) return undefined;
  const count = max - min + 1;
  const length = (to - from + count) % count;
  const values: number[] = [];
  for (let at = 0; at <= length; at += Number(step ?? 1)) values.push(min + ((from - min + at) % count));
  return values;
}
