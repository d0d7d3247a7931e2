import type { Assumable } from '../identity/index.ts';
import type { CodeSigningConfig } from './code-signing/code-signing-config.ts';
import type { CodeSigningConfigs } from './code-signing/code-signing-configs.ts';
import { assertDeployable } from './code-signing/deployable.ts';
import { createFunction } from './create-function.ts';
import { assertDeletable, deleteVersion } from './delete-version.ts';
import type { Editing } from './editing.ts';
import {
  type Architecture,
  type FunctionKey,
  functionArn,
  type Head,
  type Settings,
  type Version,
} from './function.ts';
import type { Zip } from './package/staged-zip.ts';
import type { Packages } from './packages.ts';
import type { Preparations } from './preparations.ts';
import { publishVersion } from './publish-version.ts';
import { versionAt } from './qualifier.ts';
import { Refused } from './refusal.ts';
import type { SettingsPatch } from './settings.ts';
import { assertUpdatable, updateCode, updateSettings } from './update-function.ts';

export interface CreateRequest {
  readonly zip: Zip;
  readonly settings: Settings;
  /** undefined: the machine's. */
  readonly architecture: Architecture | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly publish: boolean;
  /** The ARN of the code signing configuration that the function is to have. */
  readonly codeSigningConfig?: string | undefined;
}

export interface CodeRequest {
  readonly zip: Zip;
  readonly architecture: Architecture | undefined;
  readonly publish: boolean;
  readonly dryRun: boolean;
  readonly revisionId: string | undefined;
}

export interface PublishRequest {
  readonly description: string | undefined;
  /** In base64. */
  readonly codeSha256: string | undefined;
  readonly revisionId: string | undefined;
}

/** Makes functions, changes and publishes what they run, and deletes them. */
export interface Deployments {
  /** Answers the version made: `$LATEST`, or 1 if it was published at once. */
  create(key: FunctionKey, request: CreateRequest, signal: AbortSignal): Promise<Version>;
  updateCode(key: FunctionKey, request: CodeRequest, signal: AbortSignal): Promise<Version>;
  updateSettings(key: FunctionKey, patch: SettingsPatch, revisionId: string | undefined): Promise<Version>;
  publish(key: FunctionKey, request: PublishRequest): Promise<Version>;
  /** The whole function, or one version if there is a qualifier. */
  delete(key: FunctionKey, qualifier: string | undefined): Promise<void>;
}

export interface DeploymentsOptions {
  readonly editing: Editing;
  readonly packages: Packages;
  readonly preparations: Preparations;
  readonly codeSigning: CodeSigningConfigs;
  /** Whether Lambda may take on the role for functions of the account. */
  readonly assumable: Assumable;
  /** Of a function which names none. */
  readonly architecture: Architecture;
  readonly runtimeVersion: (runtime: string) => string;
}

export function deployments(options: DeploymentsOptions): Deployments {
  const { editing, packages, preparations, codeSigning, runtimeVersion } = options;
  const { catalogue, find, now, inTurn } = editing;

  const assertAssumable = (roleArn: string, { account }: FunctionKey): void => {
    const verdict = options.assumable(roleArn, account);
    if (verdict === 'other-account') throw new Refused({ kind: 'role-of-other-account' });
    if (verdict === 'not-assumable') throw new Refused({ kind: 'role-not-assumable' });
  };

  const signingOf = ({ key, codeSigningConfig }: Head): CodeSigningConfig | undefined =>
    codeSigningConfig === undefined ? undefined : codeSigning.find(key, codeSigningConfig);

  return {
    create: (key, request, signal) =>
      inTurn(key, async () => {
        if (catalogue.get(key) !== undefined) throw new Refused({ kind: 'function-exists', name: key.name });
        assertAssumable(request.settings.roleArn, key);
        const { settings, architecture, tags, publish, codeSigningConfig } = request;
        using signing = codeSigningConfig === undefined ? undefined : codeSigning.hold(key, codeSigningConfig);
        using stored = await packages.store(key, request.zip, { copies: publish ? 2 : 1, replacedBytes: 0 }, signal);
        for (const artifact of [{ arn: functionArn(key), code: stored.code }, ...settings.layers]) {
          assertDeployable(artifact, signing?.config, now().nowMs);
        }
        await packages.assertFit(stored.code.digest, settings.layers);
        const change = createFunction(
          key,
          {
            settings,
            architecture: architecture ?? options.architecture,
            tags,
            publish,
            codeSigningConfig,
            code: stored.code,
            runtimeVersion: runtimeVersion(settings.runtime),
          },
          now(),
        );
        await catalogue.commit(change);
        preparations.prepare(change);
        return change.versions[0] ?? change.head.latest;
      }),
    updateCode: (key, request, signal) =>
      inTurn(key, async () => {
        const { head } = find(key);
        const { zip, architecture, publish, dryRun, revisionId } = request;
        assertUpdatable(head, revisionId);
        const { latest } = head;
        const signing = signingOf(head);
        if (dryRun) {
          const code = await packages.check(zip, signal);
          assertDeployable({ arn: functionArn(key), code }, signing, now().nowMs);
          const wouldBe = {
            ...latest.definition,
            code,
            architecture: architecture ?? latest.definition.architecture,
          };
          return { ...latest, definition: wouldBe };
        }
        const count = { copies: publish ? 2 : 1, replacedBytes: latest.definition.code.bytes };
        using stored = await packages.store(key, zip, count, signal);
        assertDeployable({ arn: functionArn(key), code: stored.code }, signing, now().nowMs);
        await packages.assertFit(stored.code.digest, latest.definition.settings.layers);
        const runtime = runtimeVersion(latest.definition.settings.runtime);
        const change = updateCode(head, { code: stored.code, architecture, runtimeVersion: runtime, publish }, now());
        await catalogue.commit(change);
        preparations.prepare(change);
        return change.versions[0] ?? change.head.latest;
      }),
    updateSettings: (key, patch, revisionId) =>
      inTurn(key, async () => {
        const { head } = find(key);
        assertUpdatable(head, revisionId);
        if (patch.roleArn !== undefined) assertAssumable(patch.roleArn, key);
        for (const layer of patch.layers ?? []) assertDeployable(layer, signingOf(head), now().nowMs);
        await packages.assertFit(head.latest.definition.code.digest, patch.layers ?? []);
        const change = updateSettings(head, patch, runtimeVersion, now());
        await catalogue.commit(change);
        preparations.prepare(change);
        return change.head.latest;
      }),
    publish: (key, { description, codeSha256, revisionId }) =>
      inTurn(key, async () => {
        const entry = find(key);
        const { head } = entry;
        const current = Buffer.from(head.latest.definition.code.digest, 'hex').toString('base64');
        const expectedCode = codeSha256 === undefined ? undefined : { given: codeSha256, current };
        const { number, change } = publishVersion(head, { description, expectedCode, revisionId }, now());
        if (change === undefined) return versionAt(entry, String(number));
        using _ = packages.reserve(key, head.latest.definition.code.bytes);
        const stored = await catalogue.commit(change);
        preparations.preparePublished(change);
        return versionAt(stored, String(number));
      }),
    delete: (key, qualifier) =>
      inTurn(key, async () => {
        if (qualifier === undefined) {
          find(key);
          await catalogue.remove(key);
          return;
        }
        assertDeletable(qualifier);
        const { head } = find(key);
        const without = deleteVersion(head, qualifier);
        if (without !== undefined) await catalogue.commit({ head: without, versions: [] });
        else if (qualifier.includes('$')) throw new Refused({ kind: 'no-such-function', arn: functionArn(key) });
      }),
  };
}
