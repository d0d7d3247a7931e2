import { aliasesOn } from './alias.ts';
import { withoutProvisioned } from './concurrency.ts';
import { withoutEventInvokeConfig } from './event-invoke-config.ts';
import { type Head, isNumber, isPublished, LATEST } from './function.ts';
import { Refused } from './refusal.ts';

/**
 * The head without a published version, or undefined if it never had that one: deleting is idempotent (lambda-facts
 * 2, 3.4). Throws `Refused` for what can only go with the whole function, and for what an alias leads to.
 */
export function deleteVersion(head: Head, qualifier: string): Head | undefined {
  assertDeletable(qualifier);
  if (!isPublished(head, qualifier)) return undefined;
  const aliases = aliasesOn(head, qualifier);
  if (aliases.length > 0) throw new Refused({ kind: 'version-of-aliases', aliases });
  const { [qualifier]: _, ...policies } = head.policies;
  return {
    ...withoutEventInvokeConfig(withoutProvisioned(head, qualifier), qualifier),
    published: head.published.filter((one) => one !== Number(qualifier)),
    policies,
  };
}

/** These are refused before anybody looks whether the function exists. */
export function assertDeletable(qualifier: string): void {
  if (qualifier === LATEST) throw new Refused({ kind: 'latest-not-deletable' });
  // `$latest` and the like name nothing that could be deleted; whoever asks learns that the function has no such thing.
  if (!qualifier.includes('$') && !isNumber(qualifier)) throw new Refused({ kind: 'alias-not-deletable' });
}
