import { provisionedTotal } from './concurrency.ts';
import { type Definition, type FunctionKey, functionArn, LATEST, type Version } from './function.ts';
import type { Functions } from './functions.ts';
import { running } from './life-cycle.ts';
import type { FunctionDirectory, Runnable } from './runnable.ts';
import { toRunnable } from './to-runnable.ts';

/** The control plane as the data plane sees it. */
export function functionDirectory(functions: Functions): FunctionDirectory {
  // A version is immutable, so its runnable is made once, however often it is invoked.
  const runnables = new WeakMap<Version, Runnable>();
  const runnableOf = (key: FunctionKey, version: Version, definition: Definition): Runnable => {
    const known = runnables.get(version);
    const runnable = known ?? toRunnable(key, version.version, definition);
    if (known === undefined) runnables.set(version, runnable);
    return runnable;
  };

  return {
    resolve(where, name, qualifier) {
      const key = { account: where.account, region: where.region, name };
      const entry = functions.get(key);
      const version =
        qualifier === undefined || qualifier === LATEST ? entry?.head.latest : entry?.versions.get(qualifier);
      // An invocation without a qualifier is one of $LATEST, and is told so when there is none (lambda-facts 2).
      if (entry === undefined || version === undefined)
        return { kind: 'no-such-function', arn: functionArn(key, qualifier ?? LATEST) };

      const definition = running(version);
      if (definition === undefined) {
        const { lifecycle } = version;
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
      const runnable = runnableOf(key, version, definition);
      const { head } = entry;
      return {
        kind: 'found',
        runnable,
        invokedArn: functionArn(key, qualifier),
        reserved: head.reserved,
        provisioned: head.provisioned?.[version.version]?.requested ?? 0,
        provisionedTotal: provisionedTotal(head),
        claimed: functions.claimed(where),
      };
    },
    *latest() {
      for (const { head } of functions.all()) {
        const definition = running(head.latest);
        if (definition !== undefined) yield runnableOf(head.key, head.latest, definition);
      }
    },
    codeDir: functions.codeDir,
    layersDir: functions.layersDir,
    retain: functions.retain,
    onRetired: functions.onRetired,
  };
}
