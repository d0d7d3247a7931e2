import type { Architecture, Change, Definition, Head, Now } from './function.ts';
import { assertRevision, assertSettled, beginUpdate } from './life-cycle.ts';
import type { StoredCode } from './package/code-store.ts';
import { addVersion } from './publish-version.ts';
import { mergeSettings, type SettingsPatch } from './settings.ts';

export interface CodeUpdate {
  readonly code: StoredCode;
  readonly architecture: Architecture | undefined;
  readonly runtimeVersion: string;
  readonly publish: boolean;
}

/** Throws `Refused` if `$LATEST` may not be changed now, or not by this caller. */
export function assertUpdatable(head: Head, revisionId: string | undefined): void {
  assertRevision(head, revisionId);
  assertSettled(head);
}

/** `$LATEST` with other code; published at once if asked for (lambda-facts 3.2). */
export function updateCode(head: Head, update: CodeUpdate, now: Now): Change {
  const { code, architecture, runtimeVersion } = update;
  const { definition } = head.latest;
  const updated = withDefinition(
    head,
    { ...definition, code, runtimeVersion, architecture: architecture ?? definition.architecture },
    now,
  );
  return update.publish ? addVersion(updated, undefined, now) : { head: updated, versions: [] };
}

/** `$LATEST` with the given settings merged into its own. An update that changes nothing is one all the same. Throws `Refused`. */
export function updateSettings(
  head: Head,
  patch: SettingsPatch,
  runtimeVersion: (runtime: string) => string,
  now: Now,
): Change {
  const settings = mergeSettings(head.latest.definition.settings, patch);
  const definition = { ...head.latest.definition, settings, runtimeVersion: runtimeVersion(settings.runtime) };
  return { head: withDefinition(head, definition, now), versions: [] };
}

function withDefinition(head: Head, definition: Definition, now: Now): Head {
  return { ...head, latest: beginUpdate(head.latest, { ...definition, id: now.uuid() }, now) };
}
