import { invalid } from './words.ts';

/** Lists have that many unless the request says less (API reference, ListSchedules). */
export const PAGE_SIZE = 100;

/** One page of a list, and the token for the next one: where it ended. */
export function page<Item, End>(
  found: readonly Item[],
  countMax: number,
  endOf: (item: Item) => End,
): { items: readonly Item[]; answer: { NextToken?: string } } {
  const items = found.slice(0, countMax);
  const last = items.at(-1);
  if (found.length <= countMax || last === undefined) return { items, answer: {} };
  return { items, answer: { NextToken: Buffer.from(JSON.stringify(endOf(last))).toString('base64url') } };
}

/** Where the page before ended: so many texts. Throws ValidationException for a token that is none of ours. */
export function endOfPage(token: string | undefined, parts: number): string[] {
  if (token === undefined) return Array.from({ length: parts }, () => '');
  try {
    const end: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(end) && end.length === parts) return end.map(String);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalid('Invalid NextToken.');
}
