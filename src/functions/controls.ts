import type { CodeSigningConfigs } from './code-signing/code-signing-configs.ts';
import type { Editing } from './editing.ts';
import type { FunctionKey } from './function.ts';
import {
  type RuntimeUpdates,
  type RuntimeUpdatesRequest,
  runtimeUpdatesOf,
  setRuntimeUpdates,
} from './runtime-updates.ts';

/** What is set for a function beside its configuration. Setting it makes no new revision. */
export interface Controls {
  /** Whether the function may go on calling itself through queues and topics. */
  recursion(key: FunctionKey): 'allow' | 'terminate';
  setRecursion(key: FunctionKey, recursion: 'allow' | 'terminate'): Promise<void>;
  /** Of a version: its number, or `$LATEST`, which is meant without a qualifier, too. */
  runtimeUpdates(key: FunctionKey, qualifier: string | undefined): RuntimeUpdates;
  setRuntimeUpdates(
    key: FunctionKey,
    qualifier: string | undefined,
    request: RuntimeUpdatesRequest,
  ): Promise<RuntimeUpdates>;
  /** undefined: none. What is deployed already stays as it is. */
  setCodeSigningConfig(key: FunctionKey, arn: string | undefined): Promise<void>;
}

/** `runtimeVersion`: that of the interpreter which a runtime has now; undefined if there is none. */
export function controls(
  { catalogue, find, inTurn }: Editing,
  codeSigning: CodeSigningConfigs,
  runtimeVersion: (runtime: string) => string | undefined,
): Controls {
  return {
    recursion: (key) => find(key).head.recursion ?? 'terminate',
    setRecursion: (key, recursion) =>
      inTurn(key, async () => {
        await catalogue.commit({ head: { ...find(key).head, recursion }, versions: [] });
      }),
    runtimeUpdates: (key, qualifier) => runtimeUpdatesOf(find(key), qualifier),
    setRuntimeUpdates: (key, qualifier, request) =>
      inTurn(key, async () => {
        const { head, updates } = setRuntimeUpdates(find(key), qualifier, request, runtimeVersion);
        await catalogue.commit({ head, versions: [] });
        return updates;
      }),
    async setCodeSigningConfig(key, arn) {
      using _ = arn === undefined ? undefined : codeSigning.hold(key, arn);
      await inTurn(key, async () => {
        await catalogue.commit({ head: { ...find(key).head, codeSigningConfig: arn }, versions: [] });
      });
    },
  };
}
