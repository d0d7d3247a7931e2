import { AwsError } from '../../../wire/aws-error.ts';
import { type Check, type Constraint, violations } from '../../../wire/validation.ts';

/**
 * EventBridge Pipes words what breaks its model as the gateway in front of it does: a list of sentences of a JSON schema
 * validator ("[numeric instance is lower than the required minimum (minimum: 1, found: 0)]", as Terraform's users have recorded it).
 * Throws ValidationException with all that is broken.
 */
export function validatePipes(checks: readonly Check[]): void {
  const broken = checks.flatMap((check) => check.constraints.flatMap((one) => sentences(one, check)));
  const missing = checks.filter(({ value, constraints }) => {
    return value === undefined && constraints.some(({ kind }) => kind === 'required');
  });
  if (missing.length > 0) {
    const names = missing.map(({ path }) => `"${path.charAt(0).toUpperCase()}${path.slice(1)}"`).sort();
    broken.unshift(`object has missing required properties ([${names.join(',')}])`);
  }
  if (broken.length > 0) throw new AwsError('ValidationException', `[${broken.join(', ')}]`);
}

function sentences(constraint: Constraint, { path, value }: Check): string[] {
  if (value === undefined || value === null) return [];
  switch (constraint.kind) {
    case 'elements':
      return inner(constraint.constraints, value as readonly unknown[], path); // SAFE: only lists have elements.
    case 'keys':
      return inner(constraint.constraints, Object.keys(value), path);
    case 'values':
      return inner(constraint.constraints, Object.values(value), path);
    default:
      return violations([{ path, value, constraints: [constraint] }]).length === 0 ? [] : [sentence(constraint, value)];
  }
}

function inner(constraints: readonly Constraint[], all: readonly unknown[], path: string): string[] {
  return all.flatMap((value) => constraints.flatMap((one) => sentences(one, { path, value, constraints })));
}

type Plain = Exclude<Constraint, { kind: 'elements' | 'keys' | 'values' }>;

function sentence(constraint: Plain, value: unknown): string {
  switch (constraint.kind) {
    case 'required':
      return '';
    case 'length':
      return typeof value === 'string' ? textLength(value, constraint) : countOf(value, constraint);
    case 'range':
      return Number(value) > constraint.max
        ? `numeric instance is greater than the required maximum (maximum: ${constraint.max}, found: ${value})`
        : `numeric instance is lower than the required minimum (minimum: ${constraint.min}, found: ${value})`;
    case 'pattern':
      return `ECMA 262 regex "^${constraint.pattern}$" does not match input string "${value}"`;
    case 'enum':
      return `instance value ("${value}") not found in enum (possible values: ${JSON.stringify(constraint.values)})`;
  }
}

function textLength(text: string, { min, max }: { min: number; max: number }): string {
  return text.length > max
    ? `string "${text}" is too long (length: ${text.length}, maximum allowed: ${max})`
    : `string "${text}" is too short (length: ${text.length}, required minimum: ${min})`;
}

function countOf(value: unknown, { min, max }: { min: number; max: number }): string {
  const isList = Array.isArray(value);
  const count = isList ? value.length : Object.keys(value as object).length; // SAFE: what has a length is a text, list or map.
  const bound = count > max ? `is too long: must have at most ${max}` : `is too short: must have at least ${min}`;
  return isList
    ? `array ${bound} elements but instance has ${count} elements`
    : `object has too ${count > max ? 'many' : 'few'} properties (found ${count} but schema requires at ${count > max ? `most ${max}` : `least ${min}`})`;
}
