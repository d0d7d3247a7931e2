import { AwsError } from '../../../wire/aws-error.ts';
import type { Follower } from '../follower-table.ts';
import type { LogGroup } from '../log-store.ts';
import { decodeToken, encodeToken } from './page-token.ts';

/** What metric filters and subscription filters share. */
const LIST_DEFAULT = 50;

/** Filters are for groups of the class STANDARD only (CreateLogGroup in AWS's API reference). */
export function assertStandard({ class: groupClass }: LogGroup): void {
  if (groupClass === 'STANDARD') return;
  throw new AwsError(
    'InvalidOperationException',
    `The operation is not valid on a log group of the class ${groupClass}.`,
  );
}

/** What to ask for: one more than wanted tells whether there is a further page. */
export function pageOf(limit: number = LIST_DEFAULT, nextToken: string | undefined, prefix: string | undefined) {
  const after = decodeToken(nextToken, (value) => (typeof value === 'string' ? value : undefined));
  return { asked: { prefix, after, countMax: limit + 1 }, count: limit };
}

export function listed(
  found: readonly Follower[],
  count: number,
): { page: readonly Follower[]; next: string | undefined } {
  const page = found.slice(0, count);
  return { page, next: found.length > count ? encodeToken(page[page.length - 1]?.name) : undefined };
}
