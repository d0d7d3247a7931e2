import { BadExpression } from './math/expression.ts';
import type { Metric } from './metric.ts';
import type { Asked, MetricSource } from './query.ts';
import { parseStatistic } from './statistic.ts';

/** AWS: a search finds the 100 newest time series (quota of search expressions). */
const FOUND_MAX = 100;
const ACTIVE_MS = 14 * 86_400_000;

const SCHEMA = /^\s*\{([^}]*)\}\s*/;
const TERM = /\s*(?:([A-Za-z_][\w-]*)\s*=\s*)?(?:"([^"]*)"|([^\s"()=]+))/y;

/**
 * Metrics that a search finds: `{AWS/Lambda,FunctionName} MetricName="Errors" orders`. Of the search syntax of AWS's guide
 * terms that must all be met; what else it has, OR, NOT and brackets, is refused by name. Throws `BadExpression`.
 */
export function search(
  { store, scope, nowMs }: Pick<Asked, 'store' | 'scope' | 'nowMs'>,
  text: string,
  statisticText: string,
  periodS: number,
): MetricSource[] {
  const statistic = parseStatistic(statisticText);
  if (statistic === undefined) throw new BadExpression(`${statisticText} is not a valid statistic`);
  const schema = SCHEMA.exec(text);
  const [namespace, ...names] = schema?.[1] === undefined ? [] : schema[1].split(',').map(unquoted);
  const terms = termsOf(text.slice(schema?.[0].length ?? 0));
  const filter = {
    namespace,
    name: terms.find(({ key, isExact }) => key === 'MetricName' && isExact)?.value,
    dimensions: names.map((name) => ({ name, value: undefined })),
    activeSinceMs: nowMs - ACTIVE_MS,
  };
  return store
    .list(scope, filter, undefined, 10_000)
    .map(({ metric }) => metric)
    .filter(({ dimensions }) => schema === null || dimensions.length === names.length)
    .filter((metric) => terms.every((term) => meets(metric, term)))
    .slice(0, FOUND_MAX)
    .map((metric) => ({ metric, periodS, statistic, statisticText, unit: undefined }));
}

interface Term {
  /** `MetricName`, `Namespace` or a dimension; undefined: whichever has it. */
  readonly key: string | undefined;
  readonly value: string;
  /** In quotation marks: the whole value, rather than a word of it. */
  readonly isExact: boolean;
}

function termsOf(text: string): Term[] {
  const terms: Term[] = [];
  TERM.lastIndex = 0;
  while (text.slice(TERM.lastIndex).trim() !== '') {
    const from = TERM.lastIndex;
    const match = TERM.exec(text);
    const word = match?.[3];
    if (match === null || word === 'OR' || word === 'NOT')
      throw new BadExpression(`Lambent does not support this part of a search yet: ${text.slice(from).trim()}`);
    if (word === 'AND') continue;
    terms.push({ key: match[1], value: match[2] ?? word ?? '', isExact: match[2] !== undefined });
  }
  return terms;
}

function meets({ namespace, name, dimensions }: Metric, { key, value, isExact }: Term): boolean {
  const parts = [{ name: 'Namespace', value: namespace }, { name: 'MetricName', value: name }, ...dimensions];
  return parts
    .filter((part) => key === undefined || part.name === key)
    .some((part) =>
      isExact ? part.value === value : words(part.value).includes(value.toLowerCase()) || part.value === value,
    );
}

/** AWS: names are taken apart where letters of another case, digits or signs begin. */
function words(text: string): string[] {
  return text
    .split(/[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])/)
    .map((word) => word.toLowerCase());
}

const unquoted = (text: string) => text.trim().replace(/^"(.*)"$/, '$1');
