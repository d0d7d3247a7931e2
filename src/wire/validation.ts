import { AwsError } from './aws-error.ts';

/**
 * Constraints on members, and AWS's exact words when they are broken (lambda-facts 1.5). The SDK's schemas carry none,
 * so each service lists its own, in AWS's order: length before pattern on one member.
 */
export type Constraint =
  | { readonly kind: 'required' }
  | { readonly kind: 'length'; readonly min: number; readonly max: number }
  | { readonly kind: 'range'; readonly min: number; readonly max: number; readonly number: 'integer' | 'double' }
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'enum'; readonly values: readonly string[]; readonly taken: readonly string[] }
  | { readonly kind: 'elements' | 'keys' | 'values'; readonly constraints: readonly Constraint[] };

/** The member must be given. */
export const required: Constraint = { kind: 'required' };

/** Characters of a text, bytes of a blob, entries of a list or map; both ends inclusive. */
export const length = (min: number, max: number): Constraint => ({ kind: 'length', min, max });

/** An integer within both ends, inclusive; either end may be infinite. */
export const range = (min: number, max: number): Constraint => ({ kind: 'range', min, max, number: 'integer' });

/** A floating-point number within both ends, inclusive; AWS prints its limits and values with a decimal point. */
export const doubleRange = (min: number, max: number): Constraint => ({ kind: 'range', min, max, number: 'double' });

/** The whole text must match `pattern`, written as AWS prints it. */
export const pattern = (pattern: string): Constraint => ({ kind: 'pattern', pattern });

/**
 * One of these values, in the order in which AWS prints them; `taken` where AWS takes others than it prints. On a list it
 * rules every element, and is told as of a single value (lambda-facts 14; elsewhere AWS tells what `elements` tells).
 */
export const oneOf = (values: readonly string[], { taken = values } = {}): Constraint => ({
  kind: 'enum',
  values,
  taken,
});

/** Every element of a list. AWS prints all of them, broken or not. */
export const elements = (...constraints: Constraint[]): Constraint => ({ kind: 'elements', constraints });

/** Every key of a map. */
export const keys = (...constraints: Constraint[]): Constraint => ({ kind: 'keys', constraints });

/** Every value of a map. */
export const values = (...constraints: Constraint[]): Constraint => ({ kind: 'values', constraints });

export interface Check {
  /** The member as AWS names it in errors: lower camel case, nested with dots, `vpcConfig.subnetIds`. */
  readonly path: string;
  readonly value: unknown;
  readonly constraints: readonly Constraint[];
}

/** Throws `ValidationException` (400, without `Type`) naming every broken constraint in the order of the checks. */
export function validate(checks: readonly Check[]): void {
  const broken = violations(checks);
  if (broken.length > 0) throw new AwsError('ValidationException', validationMessage(broken));
}

/** The sentence of each broken constraint, for services that answer it under another code, or do not tell values. */
export function violations(
  checks: readonly Check[],
  { values = 'told' }: { values?: 'told' | 'untold' } = {},
): string[] {
  const broken: string[] = [];
  for (const { path, value, constraints } of checks) {
    for (const constraint of constraints) {
      const tail = brokenTail(constraint, value);
      if (tail === undefined) continue;
      const what = values === 'told' ? `Value ${shown(value, constraints)}` : 'Value';
      broken.push(`${what} at '${path}' failed to satisfy constraint: ${tail}`);
    }
  }
  return broken;
}

export function validationMessage(broken: readonly string[]): string {
  const detected = broken.length === 1 ? '1 validation error' : `${broken.length} validation errors`;
  return `${detected} detected: ${broken.join('; ')}`;
}

function brokenTail(constraint: Constraint, value: unknown): string | undefined {
  // Of an absent member only its absence is reported.
  if (value === undefined || value === null) return constraint.kind === 'required' ? MUST_NOT_BE_NULL : undefined;
  switch (constraint.kind) {
    case 'required':
      return undefined;
    case 'length': {
      const size = sizeOf(value);
      if (size > constraint.max) return lengthAtMost(constraint.max);
      return size < constraint.min ? lengthAtLeast(constraint.min) : undefined;
    }
    case 'range':
      if (Number(value) > constraint.max) return valueAtMost(constraint);
      // Written so that NaN, which is on neither side of anything, is refused.
      return Number(value) >= constraint.min ? undefined : valueAtLeast(constraint);
    case 'pattern':
      return isMatch(String(value), constraint.pattern) ? undefined : matches(constraint.pattern);
    case 'enum':
      return [value].flat().every((one) => constraint.taken.includes(String(one)))
        ? undefined
        : isOneOf(constraint.values);
    case 'elements':
      return Array.isArray(value) && holds(constraint.constraints, value) ? undefined : collection(constraint);
    case 'keys':
      return holds(constraint.constraints, Object.keys(value)) ? undefined : collection(constraint);
    case 'values':
      return holds(constraint.constraints, Object.values(value)) ? undefined : collection(constraint);
  }
}

function holds(constraints: readonly Constraint[], all: readonly unknown[]): boolean {
  return all.every((value) =>
    [required, ...constraints].every((constraint) => brokenTail(constraint, value) === undefined),
  );
}

/** How AWS words a constraint, broken or not. */
function tails(constraint: Constraint): string[] {
  switch (constraint.kind) {
    case 'required':
      return [MUST_NOT_BE_NULL];
    case 'length':
      return [lengthAtMost(constraint.max), lengthAtLeast(constraint.min)];
    case 'range':
      return [valueAtMost(constraint), valueAtLeast(constraint)];
    case 'pattern':
      return [matches(constraint.pattern)];
    case 'enum':
      return [isOneOf(constraint.values)];
    default:
      return [collection(constraint)];
  }
}

function collection({ kind, constraints }: Collection): string {
  const within = constraints.flatMap(tails);
  // AWS names the null check for elements and values, and not for keys, which cannot be null.
  if (kind !== 'keys') within.push(MUST_NOT_BE_NULL);
  return `${COLLECTION_SUBJECT[kind]} must satisfy constraint: [${within.join(', ')}]`;
}

type Collection = Extract<Constraint, { constraints: readonly Constraint[] }>;

const COLLECTION_SUBJECT = { elements: 'Member', keys: 'Map keys', values: 'Map value' } as const;

type Range = Extract<Constraint, { kind: 'range' }>;

const MUST_NOT_BE_NULL = 'Member must not be null';
const lengthAtMost = (max: number) => `Member must have length less than or equal to ${max}`;
const lengthAtLeast = (min: number) => `Member must have length greater than or equal to ${min}`;
const valueAtMost = ({ max, number }: Range) => `Member must have value less than or equal to ${printed(max, number)}`;
const valueAtLeast = ({ min, number }: Range) =>
  `Member must have value greater than or equal to ${printed(min, number)}`;
const matches = (pattern: string) => `Member must satisfy regular expression pattern: ${pattern}`;
const isOneOf = (values: readonly string[]) => `Member must satisfy enum value set: [${values.join(', ')}]`;

/** Nothing that AWS has a pattern for is nearly so long; on texts of tens of megabytes V8's matcher runs out of stack. */
const MATCHED_CHARACTERS_MAX = 1_000_000;

function isMatch(text: string, pattern: string): boolean {
  return text.length <= MATCHED_CHARACTERS_MAX && matcher(pattern).test(text);
}

const matchers = new Map<string, RegExp>();

function matcher(pattern: string): RegExp {
  const known = matchers.get(pattern);
  if (known !== undefined) return known;
  // AWS's patterns are Java's: a match means the whole text, and `\p{…}` works, which JavaScript has with the `u` flag only.
  const made = new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '');
  matchers.set(pattern, made);
  return made;
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  if (value instanceof Uint8Array) return value.byteLength;
  return Object.keys(value as object).length; // SAFE: by the schema, what else has a length is a map.
}

/** A value as Java prints it: `'x'`, `'[a, b]'`, `'{k=v}'`, `null` without quotes. */
function shown(value: unknown, constraints: readonly Constraint[]): string {
  if (value === undefined || value === null) return 'null';
  const number = constraints.some(isDouble) ? 'double' : 'integer';
  return `'${print(value, number)}'`;
}

function isDouble(constraint: Constraint): boolean {
  if (constraint.kind === 'range') return constraint.number === 'double';
  return 'constraints' in constraint && constraint.constraints.some(isDouble);
}

function print(value: unknown, number: Range['number']): string {
  if (typeof value === 'number') return printed(value, number);
  if (Array.isArray(value)) return `[${value.map((element) => print(element, number)).join(', ')}]`;
  if (value instanceof Uint8Array) return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`;
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    const entries = Object.entries(value).map(([key, inner]) => `${key}=${print(inner, number)}`);
    return `{${entries.join(', ')}}`;
  }
  return String(value);
}

function printed(value: number, number: Range['number']): string {
  return number === 'double' && Number.isInteger(value) ? `${value}.0` : String(value);
}
