import { assertBounded, toNumber, toText } from './functions.ts';
import { evaluate, type Row } from './row.ts';
import type { Aggregate, Value } from './syntax.ts';

/** That a group keeps: 64 MB of numbers, or about as much of texts. */
const NUMBERS_MAX = 8_000_000;
const DISTINCT_MAX = 1_000_000;

/** One function of `stats` over the rows of one group. */
export class Aggregation {
  readonly #aggregate: Aggregate;
  #count = 0;
  #sum = 0;
  #squares = 0;
  #numbers: number[] = [];
  #distinct = new Set<string>();
  #best: { value: Value; rank: number | string } | undefined;

  constructor(aggregate: Aggregate) {
    this.#aggregate = aggregate;
  }

  add(row: Row): void {
    const { function: made, args } = this.#aggregate;
    const value = args[0] === undefined ? true : evaluate(args[0], row);
    if (value === undefined) return;
    switch (made) {
      case 'count':
        this.#count += 1;
        return;
      case 'count_distinct':
        this.#distinct.add(toText(value));
        assertBounded(this.#distinct.size, DISTINCT_MAX, 'too many distinct values');
        return;
      case 'earliest':
        return this.#keep(value, -(toNumber(row.get('@timestamp')) ?? 0));
      case 'latest':
        return this.#keep(value, toNumber(row.get('@timestamp')) ?? 0);
      case 'sortsfirst':
        return this.#keepText(value, (a, b) => a < b);
      case 'sortslast':
        return this.#keepText(value, (a, b) => a > b);
    }
    const number = toNumber(value);
    if (number === undefined) return;
    if (made === 'min') this.#keep(number, -number);
    else if (made === 'max') this.#keep(number, number);
    else if (made === 'pct' || made === 'percentile' || made === 'median') {
      assertBounded(this.#numbers.length, NUMBERS_MAX, 'too many values for a percentile');
      this.#numbers.push(number);
    }
    this.#count += 1;
    this.#sum += number;
    this.#squares += number * number;
  }

  result(): Value {
    const { function: made, args } = this.#aggregate;
    switch (made) {
      case 'count':
        return this.#count;
      case 'count_distinct':
        return this.#distinct.size;
      case 'sum':
        return this.#count === 0 ? undefined : this.#sum;
      case 'avg':
        return this.#count === 0 ? undefined : this.#sum / this.#count;
      case 'stddev':
        return this.#count === 0
          ? undefined
          : Math.sqrt(Math.max(0, this.#squares / this.#count - (this.#sum / this.#count) ** 2));
      case 'median':
        return this.#percentile(50);
      case 'pct':
      case 'percentile':
        return this.#percentile(args[1]?.kind === 'value' ? (toNumber(args[1].value) ?? 50) : 50);
      default:
        return this.#best?.value;
    }
  }

  #keep(value: Value, rank: number): void {
    if (this.#best === undefined || rank > Number(this.#best.rank)) this.#best = { value, rank };
  }

  #keepText(value: Value, precedes: (a: string, b: string) => boolean): void {
    const text = toText(value);
    if (this.#best === undefined || precedes(text, String(this.#best.rank))) this.#best = { value, rank: text };
  }

  #percentile(percent: number): Value {
    const sorted = this.#numbers.sort((a, b) => a - b);
    const place = Math.ceil((Math.min(100, Math.max(0, percent)) / 100) * sorted.length) - 1;
    return sorted[Math.max(0, place)];
  }
}
