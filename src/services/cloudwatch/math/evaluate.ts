import { BadExpression, type Expression, type Operator } from './expression.ts';
import { FUNCTIONS, type Given } from './functions.ts';
import { mapped, ofSeries, type Series, type Span, scalar, type Value } from './series.ts';

/** What an expression can refer to. Both throw `BadExpression`. */
export interface Names {
  /** What a query of this id comes to. */
  value(id: string): Value;
  /** The metrics whose ids have this text in them, in their order; undefined: all. */
  metrics(part: string | undefined): readonly Series[];
  search(text: string, statistic: string, periodS: number | undefined): readonly Series[];
}

/** Throws `BadExpression` for what makes no sense, and for what costs too much. */
export function evaluate(expression: Expression, names: Names, span: Span): Value {
  const value = worth(expression, names, span);
  if (value.kind !== 'scalar') span.spend(seriesOf(value).reduce((total, { points }) => total + points.size, 1));
  return value;
}

function worth(expression: Expression, names: Names, span: Span): Value {
  const recur = (part: Expression) => evaluate(part, names, span);
  switch (expression.kind) {
    case 'number':
      return scalar(expression.value);
    case 'text':
      throw new BadExpression('A text stands where a number or time series is expected');
    case 'name':
      return names.value(expression.name);
    case 'array':
      return { kind: 'list', list: expression.items.map(recur).flatMap(seriesOf) };
    case 'negative':
      return operated('-', scalar(0), recur(expression.of));
    case 'operation':
      return operated(expression.operator, recur(expression.left), recur(expression.right));
    case 'call':
      return called(expression, names, span, recur);
  }
}

/** Words that some functions take in the place of values. */
const WORDS = ['REPEAT', 'LINEAR', 'AVG', 'MIN', 'MAX', 'SUM', 'ASC', 'DESC'];

function called(
  { name, given }: Extract<Expression, { kind: 'call' }>,
  names: Names,
  span: Span,
  recur: (part: Expression) => Value,
): Value {
  const [first, second, third] = given;
  if (name === 'METRICS') {
    if (given.length > 1 || (first !== undefined && first.kind !== 'text'))
      throw new BadExpression('METRICS takes one text, or nothing');
    return { kind: 'list', list: names.metrics(first?.value) };
  }
  if (name === 'SEARCH') {
    if (first?.kind !== 'text' || second?.kind !== 'text' || (third !== undefined && third.kind !== 'number'))
      throw new BadExpression('SEARCH takes what is searched for, a statistic and a period');
    return { kind: 'list', list: names.search(first.value, second.value, third?.value) };
  }
  const apply = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (apply === undefined) throw new BadExpression(`Lambent does not support the function ${name} yet`);
  const values = given.map((part): Given => {
    return part.kind === 'name' && WORDS.includes(part.name) ? { kind: 'word', text: part.name } : recur(part);
  });
  return apply(values, span, name);
}

function seriesOf(value: Value): readonly Series[] {
  if (value.kind === 'list') return value.list;
  if (value.kind === 'series') return [value.series];
  throw new BadExpression('An array takes time series only');
}

const OPERATIONS: Readonly<Record<Operator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '^': (left, right) => left ** right,
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
  '<': (left, right) => Number(left < right),
  '<=': (left, right) => Number(left <= right),
  '>': (left, right) => Number(left > right),
  '>=': (left, right) => Number(left >= right),
  '&&': (left, right) => Number(left !== 0 && right !== 0),
  AND: (left, right) => Number(left !== 0 && right !== 0),
  '||': (left, right) => Number(left !== 0 || right !== 0),
  OR: (left, right) => Number(left !== 0 || right !== 0),
};

function operated(operator: Operator, left: Value, right: Value): Value {
  const operate = OPERATIONS[operator];
  if (left.kind === 'list' || right.kind === 'list') return operatedOnLists(operator, left, right);
  if (left.kind === 'scalar') {
    if (right.kind === 'scalar') return scalar(operate(left.value, right.value));
    return ofSeries(mapped(right.series, (value) => operate(left.value, value)));
  }
  if (right.kind === 'scalar') return ofSeries(mapped(left.series, (value) => operate(value, right.value)));
  const other = right.series.points;
  // AWS: where one of them has no value, the result has none.
  const both = mapped(left.series, (value, atS) => {
    const second = other.get(atS);
    return second === undefined ? undefined : operate(value, second);
  });
  return ofSeries({ ...both, periodS: Math.max(left.series.periodS, right.series.periodS) });
}

function operatedOnLists(operator: Operator, left: Value, right: Value): Value {
  const length = left.kind === 'list' ? left.list.length : right.kind === 'list' ? right.list.length : 0;
  if (left.kind === 'list' && right.kind === 'list' && left.list.length !== right.list.length)
    throw new BadExpression('Arrays of different lengths cannot be combined');
  const at = (value: Value, index: number): Value => {
    const member = value.kind === 'list' ? value.list[index] : undefined;
    return member === undefined ? value : ofSeries(member);
  };
  const list = Array.from({ length }, (_, index) => operated(operator, at(left, index), at(right, index)));
  return { kind: 'list', list: list.flatMap(seriesOf) };
}
