import { checkRange, invalidParameter } from './errors.ts';

const PAGE_MAX = 1_000;

export interface Page {
  /** The name after which the page begins. */
  readonly after: string | undefined;
  /** At most so many names. */
  readonly countMax: number;
  /** Whether the caller wants pages: without MaxResults there are 1,000 names and no token, as AWS documents it. */
  readonly isPaged: boolean;
}

export function pageOf({ NextToken, MaxResults }: { NextToken?: string; MaxResults?: number }): Page {
  checkRange(MaxResults, 'MaxResults', {
    min: 1,
    max: PAGE_MAX,
    reason: `Must be between 1 and ${PAGE_MAX}, if provided.`,
  });
  if (NextToken !== undefined && MaxResults === undefined) {
    throw invalidParameter('MaxResults is a mandatory parameter when you provide a value for NextToken.');
  }
  const after = NextToken === undefined ? undefined : Buffer.from(NextToken, 'base64url').toString();
  if (after !== undefined && !/^[\w-]{1,80}(?:\.fifo)?$/.test(after)) {
    throw invalidParameter(`Value ${NextToken} for parameter NextToken is invalid.`);
  }
  return { after, countMax: MaxResults ?? PAGE_MAX, isPaged: MaxResults !== undefined };
}

/** The page of what was found with one more than it holds, and the token of the next one. */
export function cut<Entry extends { readonly place: { readonly name: string } }>(
  found: readonly Entry[],
  { countMax, isPaged }: Page,
): { page: readonly Entry[]; next: string | undefined } {
  const page = found.slice(0, countMax);
  const last = page[page.length - 1];
  const isMore = isPaged && found.length > countMax && last !== undefined;
  return { page, next: isMore ? Buffer.from(last.place.name).toString('base64url') : undefined };
}
