import { own } from '../lib/own.ts';
import type { Entry } from './catalogue.ts';
import { type Alias, functionArn, type Head, isNumber, LATEST, type Version } from './function.ts';
import { Refused } from './refusal.ts';

export function aliasOf({ aliases }: Head, name: string): Alias | undefined {
  return own(aliases, name);
}

/**
 * The version that a qualifier means: `$LATEST` without one, a published version by its number, or the one that an alias
 * points to, whatever its weights. undefined: there is none.
 */
export function lookUp({ head, versions }: Entry, qualifier: string | undefined): Version | undefined {
  if (qualifier === undefined) return head.latest;
  const version = aliasOf(head, qualifier)?.version ?? qualifier;
  return version === LATEST ? head.latest : versions.get(version);
}

/** The same, where it must be there. Throws `Refused`. */
export function versionAt(entry: Entry, qualifier: string | undefined): Version {
  const version = lookUp(entry, qualifier);
  if (version === undefined) {
    throw new Refused({ kind: 'no-such-function', arn: functionArn(entry.head.key, qualifier) });
  }
  return version;
}

/** The order of AWS's lists: `$LATEST`, then versions by number, then aliases by name. For `sort`. */
export function byQualifier(one: string, other: string): number {
  if (isNumber(one) && isNumber(other)) return Number(one) - Number(other);
  return rank(one) - rank(other) || (one < other ? -1 : 1);
}

function rank(qualifier: string): number {
  if (qualifier === LATEST) return 0;
  return isNumber(qualifier) ? 1 : 2;
}
