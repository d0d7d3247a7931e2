import { withoutProvisioned } from './concurrency.ts';
import { withoutEventInvokeConfig } from './event-invoke-config.ts';
import { type Alias, functionArn, type Head, isPublished, LATEST, type Now } from './function.ts';
import { withoutUrl } from './function-url.ts';
import { aliasOf } from './qualifier.ts';
import { Refused } from './refusal.ts';

/** A version that an alias sends part of its invocations to: a weight of 0.25 is a quarter of them. */
export interface Weighted {
  readonly version: string;
  readonly weight: number;
}

export interface NewAlias {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** Additional versions: at most one, and none for an alias of one version. */
  readonly routing: readonly Weighted[];
}

/** Members that a caller gave; what is undefined stays as it is. */
export interface AliasPatch {
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  /** Replaces the additional versions; an empty list takes them away. */
  readonly routing?: readonly Weighted[] | undefined;
  readonly revisionId?: string | undefined;
}

/** By name. */
export function aliasesOf({ aliases }: Head): Alias[] {
  return Object.values(aliases ?? {}).sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The names of the aliases that lead to this version, with or without a weight. */
export function aliasesOn(head: Head, version: string): string[] {
  return aliasesOf(head)
    .filter((alias) => alias.version === version || alias.routing?.version === version)
    .map(({ name }) => name);
}

/** The version that one invocation of an alias runs. `random`: within [0, 1). */
export function chooseVersion({ version, routing }: Alias, random: () => number): string {
  return routing !== undefined && random() < routing.weight ? routing.version : version;
}

/** Throws `Refused` (lambda-facts 5.2). */
export function createAlias(head: Head, { name, version, description, routing }: NewAlias, now: Now): Head {
  const additional = checkTargets(head, version, routing);
  if (aliasOf(head, name) !== undefined) throw new Refused({ kind: 'alias-exists', arn: functionArn(head.key, name) });
  return withAlias(head, { name, version, description, routing: additional, revisionId: now.uuid() });
}

/** The alias has another revision then, also if nothing else changed. Throws `Refused` (lambda-facts 5.2). */
export function updateAlias(head: Head, name: string, patch: AliasPatch, now: Now): Head {
  const current = aliasOf(head, name);
  if (current === undefined) throw new Refused({ kind: 'no-alias-to-update', arn: functionArn(head.key, name) });
  if (patch.revisionId !== undefined && patch.revisionId !== current.revisionId) {
    throw new Refused({ kind: 'stale-revision' });
  }
  const version = patch.version ?? current.version;
  const kept = current.routing === undefined ? [] : [current.routing];
  const additional = checkTargets(head, version, patch.routing ?? kept);
  return withAlias(head, {
    name,
    version,
    description: patch.description ?? current.description,
    routing: additional,
    revisionId: now.uuid(),
  });
}

/** The head without an alias and all that belongs to it; undefined if there is no such alias: deleting is idempotent. */
export function deleteAlias(head: Head, name: string): Head | undefined {
  if (aliasOf(head, name) === undefined) return undefined;
  const { [name]: _, ...aliases } = head.aliases ?? {};
  const { [name]: __, ...policies } = head.policies;
  const without = withoutUrl(withoutEventInvokeConfig(withoutProvisioned(head, name), name), name);
  return { ...without, aliases, policies };
}

function withAlias(head: Head, alias: Alias): Head {
  return { ...head, aliases: { ...head.aliases, [alias.name]: alias } };
}

/** The additional version, if any, of an alias that points to `version`. Throws `Refused`. */
function checkTargets(head: Head, version: string, routing: readonly Weighted[]): Weighted | undefined {
  const [additional, ...more] = routing;
  if (more.length > 0) throw new Refused({ kind: 'too-many-weights' });
  if (additional?.version === version) throw new Refused({ kind: 'same-version-twice', version });
  if (additional !== undefined && version === LATEST) throw new Refused({ kind: 'weights-with-latest' });
  for (const target of [version, additional?.version]) {
    if (target !== undefined && target !== LATEST && !isPublished(head, target)) {
      throw new Refused({ kind: 'no-such-function', arn: functionArn(head.key, target) });
    }
  }
  return additional;
}
