// A bucket beside a model of it that is small enough to be right: random puts, copies, deletes, changes of versioning and
// restarts; after each, reads and lists must be the model's. Prints its seed, and takes one: SEED=42.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import { generator } from '../../lib/testing/random.ts';
import { recordingLog, temporaryDirectory } from './aws/testing/serve-s3.ts';
import type { Bucket, Versioning } from './bucket.ts';
import { streamOf } from './content.ts';
import type { ListBase } from './lists.ts';
import { S3Refused } from './refusal.ts';
import { lazyS3, type S3 } from './s3.ts';
import { INLINE_BYTES_MAX } from './stage-body.ts';
import type { KeyStart } from './version-table.ts';

const STEPS = 300;
const seed = Number(process.env.SEED ?? 20_261_121);
const OWNER = { account: '111122223333', region: 'us-east-1' };
const CALLER = { account: OWNER.account, isLetIn: () => false };
const ACTOR = { principalId: 'test', sourceIp: '127.0.0.1', requestId: 'test' };
// Few, so that they meet; of all lengths in UTF-8; one inside the other.
const PARTS = ['a', 'b', 'a/', '/', 'ü', '\u{FFFD}', '\u{1F600}', 'z'];

interface ModelVersion {
  id: string;
  /** Undefined: a delete marker. */
  body: string | undefined;
}

test(`reads and lists are those of a simple model, whatever happens (SEED=${seed})`, async (t) => {
  const random = generator(seed);
  const below = (count: number) => Math.floor(random() * count);
  const pick = <T>(items: readonly T[]): T | undefined => items[below(items.length)];
  const someKey = () => Array.from({ length: 1 + below(3) }, () => pick(PARTS)).join('');
  const dataDir = temporaryDirectory(t);
  const { log, lines } = recordingLog();
  const open = () => lazyS3({ dataDir, clock: systemClock, log, randomBytes, onChange() {} });
  let lazy = open();
  t.after(() => lazy[Symbol.asyncDispose]());
  await lazy.open().buckets.create('model', OWNER, false);
  const signal = AbortSignal.timeout(500_000);

  let versioning = 'off' as Versioning;
  /** The newest first. */
  const model = new Map<string, ModelVersion[]>();
  const versionsOf = (key: string) => model.get(key) ?? [];
  const add = (key: string, version: ModelVersion) => {
    const others = versionsOf(key).filter(({ id }) => id !== version.id);
    model.set(key, [version, ...others]);
  };

  for (let step = 0; step < STEPS; step += 1) {
    const s3 = lazy.open();
    const bucket = s3.buckets.reach('model', CALLER);
    const key = someKey();
    const known = pick([...model.keys()]) ?? key;
    const dice = random();
    if (dice < 0.4) {
      const body = String(step).repeat(pick([1, 100, INLINE_BYTES_MAX, 0]) ?? 1);
      const version = await s3.objects.put(bucket, key, bytes(body), {
        attributes: { metadata: {} },
        tags: {},
        conditions: {},
        actor: ACTOR,
        changeKind: 'ObjectCreated:Put',
        signal,
      });
      assert.equal(version.versionId === 'null', versioning !== 'enabled');
      add(key, { id: version.versionId, body });
    } else if (dice < 0.5) {
      const [source] = versionsOf(known);
      if (source?.body === undefined) continue;
      const copied = await s3.objects.copy(
        s3.objects.read(bucket, known, undefined),
        { bucket, key },
        { attributes: undefined, tags: undefined, algorithm: undefined, conditions: {}, actor: ACTOR, signal },
      );
      add(key, { id: copied.versionId, body: source.body });
    } else if (dice < 0.7) {
      const [removal] = await s3.objects.remove(bucket, [{ key: known, versionId: undefined }], ACTOR);
      if (removal === undefined || removal instanceof S3Refused) throw removal;
      if (versioning === 'off') model.delete(known);
      else add(known, { id: removal.versionId ?? '', body: undefined });
    } else if (dice < 0.9) {
      const versionId = pick(versionsOf(known))?.id ?? 'null';
      await s3.objects.remove(bucket, [{ key: known, versionId }], ACTOR);
      model.set(
        known,
        versionsOf(known).filter(({ id }) => id !== versionId),
      );
    } else if (dice < 0.95) {
      versioning = random() < 0.7 ? 'enabled' : 'suspended';
      await s3.buckets.setVersioning(bucket, versioning);
    } else {
      await lazy[Symbol.asyncDispose]();
      lazy = open();
      continue;
    }
    for (const [name, versions] of model) if (versions.length === 0) model.delete(name);

    for (const name of [key, known]) {
      const [latest] = versionsOf(name);
      assert.equal(await read(s3, bucket, name, undefined), latest?.body, `step ${step}: ${name}`);
      const version = pick(versionsOf(name));
      if (version) assert.equal(await read(s3, bucket, name, version.id), version.body, `step ${step}: ${name}`);
    }
    const query = {
      prefix: pick(['', '', 'a', 'a/', 'ü']) ?? '',
      delimiter: pick([undefined, '/', 'a']),
      countMax: 1 + below(5),
    };
    const names = [...model.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const current = names.filter((name) => versionsOf(name)[0]?.body !== undefined);
    assert.deepEqual(
      listObjects(s3, bucket, query),
      rolledUp(current, query),
      `step ${step}: ${JSON.stringify(query)}`,
    );
    const all = names.flatMap((name) => versionsOf(name).map(({ id }) => `${name} ${id}`));
    assert.deepEqual(listVersions(s3, bucket, query), rolledUp(all, query), `step ${step}: ${JSON.stringify(query)}`);
  }
  assert.ok(model.size > 5 && versioning !== 'off', 'the walk went somewhere');
  assert.deepEqual(lines, []);
});

async function* bytes(text: string) {
  yield Buffer.from(text);
}

async function read(s3: S3, bucket: Bucket, key: string, versionId: string | undefined): Promise<string | undefined> {
  try {
    const content = s3.objects.content(s3.objects.read(bucket, key, versionId), undefined);
    return Buffer.concat(await Array.fromAsync(streamOf(content))).toString();
  } catch (error) {
    if (error instanceof S3Refused) return undefined;
    throw error;
  }
}

/** All pages, as one list. */
function listObjects(s3: S3, bucket: Bucket, query: ListBase): string[] {
  const found: string[] = [];
  let start: KeyStart | undefined = { kind: 'after', key: '' };
  while (start !== undefined) {
    const page = s3.lists.objects(bucket, { ...query, start });
    assert.ok(page.items.length + page.prefixes.length <= query.countMax);
    found.push(...page.items.map(({ key }) => key), ...page.prefixes);
    start = page.next?.start;
  }
  return found.sort();
}

function listVersions(s3: S3, bucket: Bucket, query: ListBase): string[] {
  const found: string[] = [];
  let after: { key: string; versionId: string | undefined } | undefined = { key: '', versionId: undefined };
  while (after !== undefined) {
    const page = s3.lists.versions(bucket, { ...query, after });
    found.push(...page.items.map(({ key, versionId }) => `${key} ${versionId}`), ...page.prefixes);
    const last = page.next?.last;
    if (last === undefined) after = undefined;
    else if ('prefix' in last) after = { key: last.prefix, versionId: undefined };
    else after = { key: last.item.key, versionId: last.item.versionId };
  }
  return found.sort();
}

function rolledUp(names: readonly string[], { prefix, delimiter }: ListBase): string[] {
  const shown = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => {
      const at = delimiter === undefined ? -1 : (name.split(' ')[0] ?? '').indexOf(delimiter, prefix.length);
      return at < 0 ? name : name.slice(0, at + (delimiter ?? '').length);
    });
  return [...new Set(shown)].sort();
}
