import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openSecretBox } from '../../identity/index.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { Blobs } from '../../store/blobs.ts';
import { openDataDirectory } from '../../store/data-directory.ts';
import { everyRecord, type Records } from '../../store/records.ts';
import { type Functions, type FunctionsOptions, openFunctions } from '../functions.ts';
import { newSettings } from '../settings.ts';
import { zipOf } from './zips.ts';

/** Waits are not waited for; everything else is the real time. */
const impatient: Clock = { ...systemClock, sleep: (_, signal) => systemClock.sleep(1, signal) };

export interface TestFunctions extends AsyncDisposable {
  readonly functions: Functions;
  readonly blobs: Blobs;
  /** The data directory. */
  readonly path: string;
  /** Closes all, as a server that ends, and opens the same directory again; `between` is what happens meanwhile. */
  reopen(options?: TestOptions, between?: () => Promise<void>): Promise<TestFunctions>;
  /** Keys of all records, and digests of blobs and of unpacked code. */
  contents(): Promise<{ records: string[]; blobs: string[]; unpacked: string[] }>;
}

export interface TestOptions extends Partial<FunctionsOptions> {
  readonly wrapRecords?: (records: Records) => Records;
}

/** The control plane over a real store in a directory of its own, which goes with it. */
export async function testFunctions(
  options: TestOptions = {},
  path = join(mkdtempSync(join(tmpdir(), 'lambent-fn-')), 'data'),
): Promise<TestFunctions> {
  const data = await openDataDirectory(path);
  const codeRoot = join(path, 'code');
  let lastId = 0;
  const incarnation = crypto.randomUUID().slice(0, 8);
  const { wrapRecords, ...overrides } = options;
  const functions = await openFunctions({
    records: wrapRecords?.(data.records) ?? data.records,
    secrets: await openSecretBox(path),
    blobs: data.blobs,
    codeRoot,
    clock: impatient,
    uuid: () => {
      lastId += 1;
      return `${incarnation}-${lastId}`;
    },
    log: pino({ level: 'silent' }),
    prepare: async () => ({ ok: true }),
    assumable: () => 'assumable',
    architecture: 'x86_64',
    runtimeVersion: () => '1.2.3',
    ...overrides,
  }).catch(async (error: unknown) => {
    await data[Symbol.asyncDispose]();
    throw error;
  });
  const close = async () => {
    await functions[Symbol.asyncDispose]();
    await data[Symbol.asyncDispose]();
  };
  return {
    functions,
    blobs: data.blobs,
    path,
    async reopen(again = {}, between = async () => {}) {
      await close();
      await between();
      return testFunctions(again, path);
    },
    async contents() {
      const keys: string[] = [];
      for await (const { key } of everyRecord(data.records, '')) keys.push(key);
      const blobs: string[] = [];
      for await (const { digest } of data.blobs.list()) blobs.push(digest);
      return { records: keys, blobs: blobs.sort(), unpacked: readdirSync(codeRoot).filter(isUnpacked).sort() };
    },
    async [Symbol.asyncDispose]() {
      await close();
      rmSync(join(path, '..'), { recursive: true, force: true });
    },
  };
}

const isUnpacked = (name: string) => name.length === 64;

export const HELLO = { account: '123456789012', region: 'eu-west-1', name: 'hello' };
export const ROLE = 'arn:aws:iam::123456789012:role/r';

/** A request for a function whose code is `content`. */
export async function newFunction(content: string, publish = false) {
  return {
    zip: await zipOf({ 'index.js': content }),
    settings: newSettings('hello', { roleArn: ROLE, runtime: 'nodejs22.x', handler: 'index.handler' }),
    architecture: 'x86_64' as const,
    tags: {},
    publish,
  };
}

export async function newCode(content: string, publish = false) {
  const zip = await zipOf({ 'index.js': content });
  return { zip, architecture: undefined, publish, dryRun: false, revisionId: undefined };
}

/** Records of which the `failAt`th write fails, and with `dead` every one after it, as if the power had gone. */
export function failing(failAt: number, dead: boolean) {
  let writes = 0;
  const strike = () => {
    writes += 1;
    if (writes === failAt || (dead && writes > failAt)) throw new Error(`struck at write ${writes}`);
  };
  const wrapRecords = (records: Records): Records => ({
    ...records,
    put: async (key, value, condition) => {
      strike();
      return records.put(key, value, condition);
    },
    delete: async (key, condition) => {
      strike();
      return records.delete(key, condition);
    },
    [Symbol.asyncDispose]: () => records[Symbol.asyncDispose](),
  });
  return { wrapRecords, hasStruck: () => writes >= failAt };
}
