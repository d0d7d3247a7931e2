import type { Architecture, Change, Definition, FunctionKey, Head, Now, Settings } from './function.ts';
import type { StoredCode } from './package/code-store.ts';
import { addVersion } from './publish-version.ts';
import { mergeTags } from './tags.ts';

export interface NewFunction {
  readonly settings: Settings;
  readonly code: StoredCode;
  readonly architecture: Architecture;
  readonly runtimeVersion: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly publish: boolean;
  readonly codeSigningConfig: string | undefined;
}

/** A new function's first state: being created, with version 1 if it is to be published at once. Throws `Refused`. */
export function createFunction(key: FunctionKey, request: NewFunction, now: Now): Change {
  const { settings, code, architecture, runtimeVersion } = request;
  const definition: Definition = { id: now.uuid(), settings, code, architecture, runtimeVersion };
  const head: Head = {
    key,
    uid: now.uuid(),
    latest: {
      version: '$LATEST',
      definition,
      lifecycle: { kind: 'creating' },
      revisionId: now.uuid(),
      modifiedMs: now.nowMs,
    },
    nextVersion: 1,
    published: [],
    lastPublished: undefined,
    tags: mergeTags({}, request.tags),
    policies: {},
    codeSigningConfig: request.codeSigningConfig,
  };
  return request.publish ? addVersion(head, undefined, now) : { head, versions: [] };
}
