import type { Page } from '../events-store.ts';
import { invalid } from './words.ts';

/** AWS: `Limit`, where it is not given. */
const COUNT_MAX = 100;

/** One page of a list in the order of names, which go on behind the token's. */
export function page<Item>(
  { NextToken, Limit = COUNT_MAX }: { readonly NextToken?: string | undefined; readonly Limit?: number | undefined },
  prefix: string | undefined,
  list: (page: Page) => readonly Item[],
  nameOf: (item: Item) => string,
): { items: readonly Item[]; answer: { NextToken?: string } } {
  const found = list({ after: readToken(NextToken), prefix, countMax: Limit + 1 });
  const items = found.slice(0, Limit);
  const last = items.at(-1);
  const isMore = found.length > Limit && last !== undefined;
  return { items, answer: isMore ? { NextToken: Buffer.from(`>${nameOf(last)}`).toString('base64') } : {} };
}

function readToken(token: string | undefined): string {
  if (token === undefined) return '';
  const text = Buffer.from(token, 'base64').toString();
  if (!text.startsWith('>')) throw invalid('Parameter NextToken is not valid.');
  return text.slice(1);
}
