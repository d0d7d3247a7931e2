import { chooseVersion } from './alias.ts';
import { provisionedPart, provisionedTotal } from './concurrency.ts';
import { type Definition, functionArn, type Head, LATEST, type Version } from './function.ts';
import type { Functions } from './functions.ts';
import type { Use } from './idleness/idleness.ts';
import { running } from './life-cycle.ts';
import { aliasOf, lookUp } from './qualifier.ts';
import type { FunctionDirectory, Runnable } from './runnable.ts';
import { toRunnable } from './to-runnable.ts';

/** The control plane as the data plane sees it. `random`, within [0, 1), chooses among the versions of an alias with weights. */
export function functionDirectory(functions: Functions, random: () => number): FunctionDirectory {
  // A version is immutable, so its runnable is made once, however often it is invoked.
  const runnables = new WeakMap<Version, { readonly runnable: Runnable; readonly use: Use }>();
  const runnableOf = ({ key, uid }: Head, version: Version, definition: Definition) => {
    const known = runnables.get(version);
    if (known !== undefined) return known;
    const made = { runnable: toRunnable(key, version.version, definition), use: functions.useOf(uid, version.version) };
    runnables.set(version, made);
    return made;
  };

  return {
    resolve(where, name, qualifier) {
      const key = { account: where.account, region: where.region, name };
      const entry = functions.get(key);
      const alias = entry === undefined || qualifier === undefined ? undefined : aliasOf(entry.head, qualifier);
      const version =
        entry === undefined ? undefined : lookUp(entry, alias === undefined ? qualifier : chooseVersion(alias, random));
      // An invocation without a qualifier is one of $LATEST, and is told so when there is none (lambda-facts 2).
      if (entry === undefined || version === undefined)
        return { kind: 'no-such-function', arn: functionArn(key, qualifier ?? LATEST) };

      const definition = running(version);
      if (definition === undefined) {
        const { lifecycle } = version;
        if (lifecycle.kind === 'inactive' || lifecycle.kind === 'restoring') {
          if (lifecycle.kind === 'inactive') functions.restore(key, entry.head.uid, version.version);
          return {
            kind: 'restoring',
            arn: functionArn(key, qualifier),
            snapStart: version.version !== LATEST && version.definition.settings.snapStart === true,
            failure: lifecycle.kind === 'inactive' ? lifecycle.failure : undefined,
          };
        }
        const failure =
          'reason' in lifecycle ? lifecycle : { reason: 'The function is being created.', reasonCode: 'Creating' };
        return {
          kind: 'not-active',
          arn: functionArn(key, qualifier),
          state: 'reason' in lifecycle ? 'Failed' : 'Pending',
          reason: failure.reason,
          reasonCode: failure.reasonCode,
        };
      }
      const { head } = entry;
      const { runnable, use } = runnableOf(head, version, definition);
      use.happened = true;
      const part = provisionedPart(head, version.version);
      return {
        kind: 'found',
        runnable,
        invokedArn: functionArn(key, qualifier),
        reserved: head.reserved,
        provisioned: part?.requested ?? 0,
        provisionedBy: part?.qualifier,
        provisionedTotal: provisionedTotal(head),
        recursion: head.recursion ?? 'terminate',
        claimed: functions.claimed(where),
      };
    },
    *latest() {
      for (const { head } of functions.all()) {
        const definition = running(head.latest);
        if (definition !== undefined) yield runnableOf(head, head.latest, definition).runnable;
      }
    },
    codeDir: functions.codeDir,
    layersDir: functions.layersDir,
    retain: functions.retain,
    onRetired: functions.onRetired,
  };
}
