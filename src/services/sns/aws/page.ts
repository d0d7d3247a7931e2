import { invalid } from './words.ts';

/** SNS's lists have no other size (API reference, ListTopics). */
export const PAGE_SIZE = 100;

/** One page of a list, whose items are found behind an id. */
export function page<Item extends { readonly id: number }>(
  token: string | undefined,
  list: (after: number, countMax: number) => readonly Item[],
): { items: readonly Item[]; answer: { NextToken?: string } } {
  const found = list(token === undefined || token === '' ? 0 : readToken(token), PAGE_SIZE + 1);
  const items = found.slice(0, PAGE_SIZE);
  const last = items.at(-1);
  return { items, answer: found.length > PAGE_SIZE && last ? { NextToken: writeToken(last.id) } : {} };
}

const writeToken = (id: number) => Buffer.from(JSON.stringify([id])).toString('base64');

function readToken(token: string): number {
  const id = /^\[(\d{1,15})\]$/.exec(Buffer.from(token, 'base64').toString())?.[1];
  if (id === undefined) throw invalid('NextToken');
  return Number(id);
}
