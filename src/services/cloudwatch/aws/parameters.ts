import { AwsError } from '../../../wire/aws-error.ts';
import { type Dimension, UNITS, type Unit } from '../metric.ts';

/** A code of the oldest operations, which have their own words for what is wrong with a request. */
type Code =
  | 'MissingRequiredParameterException'
  | 'InvalidParameterValueException'
  | 'InvalidParameterCombinationException';

/**
 * What is wrong with the parameters of a request, in the words of CloudWatch's oldest operations (as clients have recorded
 * them). All that falls under the code of the first flaw is told at once, a line each.
 */
export class Flaws {
  readonly #found: { code: Code; text: string }[] = [];

  missing(name: string): void {
    this.#add('MissingRequiredParameterException', `The parameter ${name} is required.`);
  }

  invalid(text: string): void {
    this.#add('InvalidParameterValueException', text);
  }

  combination(text: string): void {
    this.#add('InvalidParameterCombinationException', text);
  }

  noneOf(text: string): void {
    this.#add('MissingRequiredParameterException', text);
  }

  /** A text that must be there, and be no longer than so many characters. */
  text(name: string, value: string | undefined, lengthMax: number): void {
    if (value === undefined || value === '') this.missing(name);
    else if (value.length > lengthMax)
      this.invalid(`The parameter ${name} must be shorter than ${lengthMax + 1} characters.`);
  }

  /** A text that may be missing, but not empty. */
  optionalText(name: string, value: string | undefined, lengthMax: number): void {
    if (value !== undefined) this.text(name, value, lengthMax);
  }

  oneOf(name: string, value: string | undefined, values: readonly string[]): void {
    if (value === undefined || values.includes(value)) return;
    this.invalid(`The parameter ${name} must be a value in the set [ ${values.join(', ')} ].`);
  }

  size(name: string, list: readonly unknown[], sizeMax: number): void {
    if (list.length > sizeMax) this.invalid(`The collection ${name} must not have a size greater than ${sizeMax}.`);
  }

  throwIfAny(): void {
    const [first] = this.#found;
    if (first === undefined) return;
    const texts = this.#found.filter(({ code }) => code === first.code).map(({ text }) => text);
    throw new AwsError(first.code, texts.join('\n'));
  }

  #add(code: Code, text: string): void {
    this.#found.push({ code, text });
  }
}

const NAME_LENGTH_MAX = 255;
const DIMENSION_VALUE_LENGTH_MAX = 1_024;
const DIMENSIONS_MAX = 30;

export interface GivenDimension {
  readonly Name?: string | undefined;
  readonly Value?: string | undefined;
}

export function checkNamespace(flaws: Flaws, namespace: string | undefined): void {
  flaws.text('Namespace', namespace, NAME_LENGTH_MAX);
  if (namespace?.startsWith(':')) flaws.invalid(`The value ${namespace} for parameter Namespace is invalid.`);
}

export function checkMetricName(flaws: Flaws, path: string, name: string | undefined): void {
  flaws.text(path, name, NAME_LENGTH_MAX);
}

export function checkUnit(flaws: Flaws, path: string, unit: string | undefined): void {
  flaws.oneOf(path, unit, UNITS);
}

export function checkDimensions(flaws: Flaws, path: string, dimensions: readonly GivenDimension[]): void {
  flaws.size(path, dimensions, DIMENSIONS_MAX);
  for (const [at, { Name, Value }] of dimensions.entries()) {
    flaws.text(`${path}.member.${at + 1}.Name`, Name, NAME_LENGTH_MAX);
    flaws.text(`${path}.member.${at + 1}.Value`, Value, DIMENSION_VALUE_LENGTH_MAX);
  }
  if (new Set(dimensions.map(({ Name }) => Name)).size < dimensions.length)
    flaws.invalid('No metric may specify the same dimension name twice.');
}

/** As they are kept, once they have been checked. */
export function dimensionsFromAws(dimensions: readonly GivenDimension[] | undefined): Dimension[] {
  return (dimensions ?? []).map(({ Name = '', Value = '' }) => ({ name: Name, value: Value }));
}

export function dimensionsToAws(dimensions: readonly Dimension[]): { Name: string; Value: string }[] {
  return dimensions.map(({ name, value }) => ({ Name: name, Value: value }));
}

/** A unit that has been checked; nothing counts as `None`. */
export const unitFromAws = (unit: string | undefined): Unit => UNITS.find((one) => one === unit) ?? 'None';
