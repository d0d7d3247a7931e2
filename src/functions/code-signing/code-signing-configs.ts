import { createHash } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { serial } from '../../lib/serial.ts';
import { everyRecord, type Records } from '../../store/records.ts';
import type { Place } from '../function.ts';
import { Refused } from '../refusal.ts';
import { mergeTags, withoutTags } from '../tags.ts';
import { type CodeSigningConfig, codeSigningConfigArn } from './code-signing-config.ts';

export interface CodeSigningRequest {
  readonly description?: string | undefined;
  readonly publishers?: readonly string[] | undefined;
  readonly untrusted?: 'warn' | 'enforce' | undefined;
}

/** All code signing configurations. Every method throws `Refused` for what AWS has an answer to, and other errors for outages. */
export interface CodeSigningConfigs {
  create(
    place: Place,
    request: CodeSigningRequest & { publishers: readonly string[] },
    tags: Readonly<Record<string, string>>,
  ): Promise<CodeSigningConfig>;
  /** The configuration that must be there, in this account and region. */
  find(place: Place, arn: string): CodeSigningConfig;
  /** By id. */
  list(place: Place): CodeSigningConfig[];
  /** Only given members change. */
  update(place: Place, arn: string, request: CodeSigningRequest): Promise<CodeSigningConfig>;
  /** Not while a function has it, or is about to. */
  delete(place: Place, arn: string): Promise<void>;
  tag(place: Place, arn: string, tags: Readonly<Record<string, string>>): Promise<void>;
  untag(place: Place, arn: string, keys: readonly string[]): Promise<void>;
  /** The same configuration as `find` for a function that is to have it; it is not deleted until disposed. */
  hold(place: Place, arn: string): { readonly config: CodeSigningConfig } & Disposable;
}

export interface CodeSigningConfigsOptions {
  readonly records: Records;
  readonly clock: Clock;
  readonly uuid: () => string;
  /** Whether a function has this configuration. */
  readonly isUsed: (place: Place, arn: string) => boolean;
}

interface Stored {
  readonly config: CodeSigningConfig;
  readonly revision: number;
}

const CONFIGS = 'csc/';
const keyOf = ({ place, id }: CodeSigningConfig) => `${CONFIGS}${place.account}/${place.region}/${id}`;

/** Loads all configurations; each is one record. */
export async function openCodeSigningConfigs(options: CodeSigningConfigsOptions): Promise<CodeSigningConfigs> {
  const { records, clock, uuid, isUsed } = options;
  const byArn = new Map<string, Stored>();
  const holds = new Map<string, number>();
  const oneAtATime = serial();
  const keep = (config: CodeSigningConfig, revision: number) =>
    byArn.set(codeSigningConfigArn(config), { config, revision });
  for await (const { value, revision } of everyRecord(records, CONFIGS)) keep(JSON.parse(value), revision);

  const get = ({ account, region }: Place, arn: string): Stored | undefined => {
    const stored = byArn.get(arn);
    const isHere = stored?.config.place.account === account && stored.config.place.region === region;
    return isHere ? stored : undefined;
  };
  const find = (place: Place, arn: string): Stored => {
    const stored = get(place, arn);
    if (stored === undefined) throw new Refused({ kind: 'no-such-code-signing-config', arn });
    return stored;
  };
  const change = (place: Place, arn: string, decide: (config: CodeSigningConfig) => CodeSigningConfig) =>
    oneAtATime(arn, async () => {
      const { config, revision } = find(place, arn);
      const changed = decide(config);
      keep(changed, await records.put(keyOf(config), JSON.stringify(changed), { ifRevision: revision }));
      return changed;
    });

  return {
    async create({ account, region }, request, tags) {
      const config: CodeSigningConfig = {
        place: { account, region },
        // AWS's own are hexadecimal and begin with a zero.
        id: `csc-0${createHash('sha256').update(uuid()).digest('hex').slice(0, 16)}`,
        description: request.description,
        publishers: request.publishers,
        untrusted: request.untrusted ?? 'warn',
        modifiedMs: clock.nowMs(),
        tags: mergeTags({}, tags),
      };
      keep(config, await records.put(keyOf(config), JSON.stringify(config), { ifRevision: 0 }));
      return config;
    },
    find: (place, arn) => find(place, arn).config,
    list: (place) =>
      [...byArn.values()]
        .map(({ config }) => config)
        .filter((config) => get(place, codeSigningConfigArn(config)) !== undefined)
        .sort((one, other) => (one.id < other.id ? -1 : 1)),
    update: (place, arn, { description, publishers, untrusted }) =>
      change(place, arn, (config) => ({
        ...config,
        // After an update AWS shows a description, be it an empty one.
        description: description ?? config.description ?? '',
        publishers: publishers ?? config.publishers,
        untrusted: untrusted ?? config.untrusted,
        modifiedMs: clock.nowMs(),
      })),
    delete: (place, arn) =>
      oneAtATime(arn, async () => {
        const stored = find(place, arn);
        if (holds.has(arn) || isUsed(place, arn)) throw new Refused({ kind: 'code-signing-config-in-use', arn });
        // Gone at once, so that no function gets it while its record is being deleted.
        byArn.delete(arn);
        try {
          await records.delete(keyOf(stored.config), { ifRevision: stored.revision });
        } catch (error) {
          byArn.set(arn, stored);
          throw error;
        }
      }),
    async tag(place, arn, tags) {
      await change(place, arn, (config) => ({ ...config, tags: mergeTags(config.tags, tags) }));
    },
    async untag(place, arn, keys) {
      await change(place, arn, (config) => ({ ...config, tags: withoutTags(config.tags, keys) }));
    },
    hold(place, arn) {
      const stored = get(place, arn);
      if (stored === undefined) throw new Refused({ kind: 'no-code-signing-config-to-use', arn });
      holds.set(arn, (holds.get(arn) ?? 0) + 1);
      return {
        config: stored.config,
        [Symbol.dispose]() {
          const left = (holds.get(arn) ?? 0) - 1;
          if (left > 0) holds.set(arn, left);
          else holds.delete(arn);
        },
      };
    },
  };
}
