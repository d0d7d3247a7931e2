// The server is killed again and again at random instants, while events, messages, notifications and objects come in by
// every door. In the end, nothing that was acknowledged may be missing, out of order or damaged; nothing may have run
// twice without a kill that explains it; and the host must hold no more than before.
// 12 kills by default; LAMBENT_KILLS=<number> that many, LAMBENT_SOAK=full makes it 200. SEED sets the instants.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SQS } from '@aws-sdk/client-sqs';
import { generator } from '../src/lib/testing/random.ts';
import {
  BUCKET,
  type Clients,
  clientsOf,
  EVENT_CONCURRENCY,
  MAPPING_BATCH,
  MAPPING_CONCURRENCY,
  makeWorld,
  type Note,
  type World,
} from './endurance-world.ts';
import { controlGroups, descendants, type HostProcess, isAlive, mounts } from './host.ts';
import { countsOf, type TestQueue } from './queues.ts';
import { s3Sdk } from './s3.ts';
import { cleanUpOf, lambdaSdk, serve, temporaryDirectory, until } from './server.ts';

const KILLS = Number(process.env.LAMBENT_KILLS ?? (process.env.LAMBENT_SOAK === 'full' ? 200 : 12));
const LIFE_MS_MAX = 2_500;
const QUIET_MS_MAX = 300_000 + KILLS * 3_000;
const seed = Number(process.env.SEED ?? 20_261_121);
const GROUPS = ['a', 'b', 'c'];
const SIZES = [0, 1_000, 16 * 1024, 16 * 1024 + 1, 300_000];
/** Where the sandboxes of root's servers have their directories. */
const RUNS = '/run/lambent';
/** The least that a part may have that is not the last. */
const PART_BYTES = 5 * 1024 * 1024;

/** What the clients were told is there, and what they know is gone. */
class Acknowledged {
  readonly events = new Set<string>();
  readonly published = new Set<string>();
  readonly work = new Set<string>();
  readonly ordered = new Set<string>();
  /** Bytes by key. */
  readonly objects = new Map<string, { bytes: number; etag: string }>();
  /** All that were ever there: their making is told of even if they are gone. */
  readonly made = new Set<string>();
  readonly deleted = new Set<string>();
  /** Versions of the one object that is written over and over. */
  hot = 0;
  hotTried = 0;
}

test(`nothing acknowledged is lost in ${KILLS} kills (SEED=${seed})`, {
  timeout: 600_000 + KILLS * 30_000,
}, async (t) => {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const random = generator(seed);
  const acknowledged = new Acknowledged();
  // Relaxed, because the functions' role does not exist.
  const args = ['--auth', 'relaxed'];
  const start = () => serve(cleanUp, { dataDir, args, env: { LAMBENT_EVENT_RETRY: '0.2' } });
  let server = await start();
  const mountsBefore = mounts(server.process.pid);
  const world = await makeWorld(clientsOf(cleanUp, server));
  const left: HostProcess[] = [];
  const groups = new Set<string>();
  const dead: number[] = [];

  for (let round = 1; round <= KILLS; round += 1) {
    await using ofRound = new AsyncDisposableStack();
    const { pid } = server.process;
    const killed = sleep(random() * LIFE_MS_MAX).then(async () => {
      // A slow machine needs longer until there is as much to lose.
      await until('every door has let something in', () =>
        [...Object.values(countsOfAll(acknowledged)), acknowledged.hot * KILLS].every((count) => count > round),
      );
      const ofServer = descendants(pid);
      left.push(...ofServer);
      for (const group of controlGroups(ofServer, pid)) groups.add(group);
      return server.process.kill();
    });
    await load(clientsOf(ofRound, server), world, round, acknowledged, random);
    await killed;
    dead.push(pid);
    server = await start();
  }

  const clients = clientsOf(cleanUp, server);
  const seen = await quiet(clients.sqs, world, acknowledged);
  const counts = countsOfAll(acknowledged);
  t.diagnostic(`acknowledged: ${JSON.stringify(counts)}`);
  for (const [what, count] of Object.entries(counts)) assert.ok(count > KILLS, `only ${count} ${what}`);

  assert.deepEqual(missing(acknowledged.events, seen.ran('event')), [], 'accepted events that never ran');
  assert.deepEqual(missing(acknowledged.published, seen.ran('topic')), [], 'messages that the topic’s function missed');
  assert.deepEqual(missing(acknowledged.published, seen.fanned), [], 'messages that the topic’s queue missed');
  assert.deepEqual(missing(acknowledged.made, seen.ran('object')), [], 'objects that nobody was told of');
  const worked = seen.ran('work').union(seen.dead);
  assert.deepEqual(missing(acknowledged.work, worked), [], 'messages neither worked on nor in the dead-letter queue');
  const inOrder = seen.ran('ordered').union(seen.dead);
  assert.deepEqual(missing(acknowledged.ordered, inOrder), [], 'messages in order that were lost');
  const poison = [...acknowledged.work, ...acknowledged.ordered].filter((id) => id.startsWith('poison'));
  assert.deepEqual(missing(new Set(poison), seen.dead), [], 'poison that is not in the dead-letter queue');
  assertOrder(seen.notes);

  const again = duplicates(seen.notes);
  t.diagnostic(
    `ran again: ${JSON.stringify(again)}; in dead-letter queues: ${seen.dead.size}, ${poison.length} of it poison`,
  );
  // What was running, and what had just ended and was being written down.
  const events = again.event + again.topic + again.object;
  assert.ok(events <= KILLS * 2 * EVENT_CONCURRENCY, `${events} events ran again`);
  // Two mappings; and one receive of each was on its way to a function.
  const inFlight = 2 * (MAPPING_CONCURRENCY + 1) * MAPPING_BATCH;
  assert.ok(again.work + again.ordered <= KILLS * inFlight, `${again.work + again.ordered} messages ran again`);
  assert.deepEqual(again.receives, [], 'a receive of a message ran twice');

  await assertObjects(clients, acknowledged);

  assert.deepEqual(left.filter(isAlive), [], 'processes of dead servers');
  await until('control groups of dead servers are gone', () => ![...groups].some((group) => existsSync(group)));
  assert.ok(mounts(server.process.pid) <= mountsBefore + 2 * descendants(server.process.pid).length);
  await untilNothingWaits(dataDir);
  await server.process.stop();
  assertFiles(join(dataDir, 's3'));
  const runs = existsSync(RUNS) ? readdirSync(RUNS) : [];
  const ofDead = runs.filter((name) => dead.includes(Number(name.split('-')[1])));
  assert.deepEqual(ofDead, [], 'directories of dead servers');
});

function countsOfAll({ events, published, work, ordered, objects }: Acknowledged) {
  return {
    ...{ events: events.size, published: published.size },
    ...{ messages: work.size, ordered: ordered.size, objects: objects.size },
  };
}

/** Sends by every door until the server is gone under the senders. */
async function load(
  { lambda, sqs, sns, s3 }: Clients,
  world: World,
  round: number,
  acknowledged: Acknowledged,
  random: () => number,
): Promise<void> {
  const { InvokeCommand } = lambdaSdk();
  const isPoison = () => random() < 0.02;
  const event = async (id: string) => {
    const Payload = JSON.stringify({ id });
    const answer = await lambda.send(new InvokeCommand({ FunctionName: 'events', InvocationType: 'Event', Payload }));
    assert.equal(answer.StatusCode, 202);
    acknowledged.events.add(id);
  };
  const work = async (id: string) => {
    const MessageBody = isPoison() ? `poison ${id}` : id;
    await sqs.sendMessage({ QueueUrl: world.work.url, MessageBody });
    acknowledged.work.add(MessageBody);
  };
  const ordered = async (id: string, count: number) => {
    const MessageGroupId = GROUPS[count % GROUPS.length] ?? '';
    // As many as there are in a queue in order keep it waiting for long: only few.
    const isBad = round % 4 === 1 && count === 5;
    const MessageBody = `${isBad ? 'poison ' : ''}${MessageGroupId}/${round * 100_000 + count}/${id}`;
    await sqs.sendMessage({ QueueUrl: world.ordered.url, MessageBody, MessageGroupId });
    acknowledged.ordered.add(MessageBody);
  };
  const publish = async (id: string) => {
    await sns.publish({ TopicArn: world.topicArn, Message: id });
    acknowledged.published.add(id);
  };
  const plain = (id: string, count: number) => {
    if (count % 8 === 7) return putInParts(s3, id, acknowledged);
    return putOrDelete(s3, id, count, acknowledged);
  };
  // One sender alone: of two versions that are under way at once, either may be the last.
  const hot = (id: string, count: number) => (count % 5 === 4 ? overwrite(s3, acknowledged) : plain(id, count));
  const doors = [event, event, work, ordered, publish, plain, hot];
  const outcomes = await Promise.allSettled(
    doors.map(async (send, who) => {
      for (let count = 1; ; count += 1) await send(`${round}-${who}-${count}`, count);
    }),
  );
  for (const outcome of outcomes)
    assert.ok(
      outcome.status === 'rejected' && isConnectionLost(outcome.reason),
      String(outcome.status === 'rejected' && outcome.reason),
    );
}

async function putOrDelete(s3: Clients['s3'], id: string, count: number, acknowledged: Acknowledged): Promise<void> {
  const { DeleteObjectCommand, PutObjectCommand } = s3Sdk();
  const bytes = SIZES[count % SIZES.length] ?? 0;
  const Key = `plain/${id}`;
  const Body = contentOf(Key, bytes);
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
  assert.equal(ETag, `"${md5(Body)}"`);
  acknowledged.made.add(Key);
  if (count % 6 !== 0) {
    acknowledged.objects.set(Key, { bytes, etag: ETag });
    return;
  }
  await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
  acknowledged.deleted.add(Key);
}

async function putInParts(s3: Clients['s3'], id: string, acknowledged: Acknowledged): Promise<void> {
  const { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, UploadPartCommand } = s3Sdk();
  const Key = `parts/${id}`;
  const bytes = PART_BYTES + 1_000;
  const content = contentOf(Key, bytes);
  const parts = [content.subarray(0, PART_BYTES), content.subarray(PART_BYTES)];
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }));
  const place = { Bucket: BUCKET, Key, UploadId };
  const Parts = await Promise.all(
    parts.map(async (Body, at) => {
      const PartNumber = at + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ ...place, PartNumber, Body }));
      return { PartNumber, ETag };
    }),
  );
  const { ETag } = await s3.send(new CompleteMultipartUploadCommand({ ...place, MultipartUpload: { Parts } }));
  const etag = `"${md5(Buffer.concat(parts.map((part) => Buffer.from(md5(part), 'hex'))))}-2"`;
  assert.equal(ETag, etag);
  acknowledged.objects.set(Key, { bytes, etag });
  acknowledged.made.add(Key);
}

async function overwrite(s3: Clients['s3'], acknowledged: Acknowledged): Promise<void> {
  acknowledged.hotTried += 1;
  const version = acknowledged.hotTried;
  const Body = contentOf(`hot ${version}`, version % 2 === 0 ? 100 : 100_000);
  await s3.send(new (s3Sdk().PutObjectCommand)({ Bucket: BUCKET, Key: 'hot', Body }));
  acknowledged.hot = version;
}

/** Waits until all that is expected has come, or too long; and reads all notes and what the queues hold. */
async function quiet(sqs: SQS, world: World, acknowledged: Acknowledged) {
  const notes = new Map<string, Note>();
  const dead = new Set<string>();
  const fanned = new Set<string>();
  const ran = (kind: Note['kind']) =>
    new Set([...notes.values()].filter((note) => note.kind === kind).flatMap(({ done }) => done.map(({ id }) => id)));
  const readAll = async () => {
    await drained(sqs, world.notes, (body, messageId) => notes.set(messageId, JSON.parse(body)));
    for (const queue of [world.dead, world.orderedDead]) await drained(sqs, queue, (body) => dead.add(body));
    await drained(sqs, world.fan, (body) => fanned.add(body));
  };
  const isDone = async () => {
    await readAll();
    for (const queue of [world.work, world.ordered]) {
      const { visible, inFlight } = await countsOf(sqs, queue);
      if (visible + inFlight > 0) return false;
    }
    const { events, published, made } = acknowledged;
    return (
      missing(events, ran('event')).length === 0 &&
      missing(published, ran('topic')).length + missing(published, fanned).length === 0 &&
      missing(made, ran('object')).length === 0
    );
  };
  const endMs = performance.now() + QUIET_MS_MAX;
  while (!(await isDone()) && performance.now() < endMs) await sleep(200);
  // What runs twice may do so a moment after its first time.
  await sleep(1_000);
  await readAll();
  return { notes: [...notes.values()], dead, fanned, ran };
}

/** Takes out all that is visible now. */
async function drained(sqs: SQS, { url: QueueUrl }: TestQueue, take: (body: string, messageId: string) => unknown) {
  for (;;) {
    const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
    if (Messages.length === 0) return;
    for (const { Body = '', MessageId = '' } of Messages) take(Body, MessageId);
    const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
    await sqs.deleteMessageBatch({ QueueUrl, Entries });
  }
}

/**
 * A message may come only when all before it in its group are done or buried. So whoever is seen again after a later one
 * was seen must have come together with that one before: their batch is what was interrupted.
 */
function assertOrder(notes: readonly Note[]): void {
  const runs = notes.filter(({ kind }) => kind === 'ordered').sort((one, other) => one.beganMs - other.beganMs);
  for (const group of GROUPS) {
    const highest = { number: -1, together: new Set<number>() };
    for (const { done } of runs) {
      const numbers = done
        .map(({ id }) => id.split('/'))
        .filter(([name]) => name === group)
        .map(([, n]) => Number(n));
      assert.deepEqual(
        numbers,
        numbers.toSorted((one, other) => one - other),
        `a batch of ${group} out of order`,
      );
      for (const number of numbers) {
        assert.ok(
          number > highest.number || highest.together.has(number),
          `${group}/${number} after ${highest.number}`,
        );
      }
      const last = Math.max(-1, ...numbers);
      if (last > highest.number) Object.assign(highest, { number: last, together: new Set(numbers) });
    }
  }
}

function duplicates(notes: readonly Note[]) {
  const again = { event: 0, topic: 0, object: 0, work: 0, ordered: 0, receives: [] as string[] };
  const seen = new Set<string>();
  for (const { kind, done } of notes) {
    for (const { id, messageId = '', receives = 0 } of done) {
      // The one object that is written over and over is told of as often.
      if (kind === 'object' && id === 'hot') continue;
      const key = `${kind} ${id} ${messageId}`;
      if (seen.has(key)) again[kind] += 1;
      seen.add(key);
      if (receives === 0) continue;
      const receive = `${key} received ${receives}`;
      if (seen.has(receive)) again.receives.push(receive);
      seen.add(receive);
    }
  }
  return again;
}

async function assertObjects({ s3 }: Clients, acknowledged: Acknowledged): Promise<void> {
  const { GetObjectCommand, HeadObjectCommand } = s3Sdk();
  const read = async (Key: string) => {
    const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    return { content: await buffer(Body as AsyncIterable<Uint8Array>), ETag };
  };
  for (const [Key, { bytes, etag }] of acknowledged.objects) {
    const { content, ETag } = await read(Key);
    assert.equal(ETag, etag, Key);
    assert.ok(content.equals(contentOf(Key, bytes)), `${Key}: other bytes`);
  }
  for (const Key of acknowledged.deleted) {
    await assert.rejects(s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key })), { name: 'NotFound' });
  }
  const hot = (await read('hot')).content.toString();
  const version = Number(/^hot (\d+)\|/.exec(hot)?.[1]);
  assert.ok(version >= acknowledged.hot && version <= acknowledged.hotTried, `version ${version} of the hot object`);
  assert.equal(hot, contentOf(`hot ${version}`, version % 2 === 0 ? 100 : 100_000).toString());
}

/** What was on its way to somebody has come to an end, also what nobody was told is there. */
async function untilNothingWaits(dataDir: string): Promise<void> {
  const waiting = () => ({
    events: rows(join(dataDir, 'events.db'), 'SELECT id FROM messages').length,
    deliveries: rows(join(dataDir, 'deliveries.db'), 'SELECT id FROM messages').length,
    ofTopics: rows(join(dataDir, 'sns.db'), 'SELECT id FROM deliveries').length,
    ofBuckets: rows(join(dataDir, 's3/s3.db'), 'SELECT id FROM changes').length,
  });
  const isEmpty = () => Object.values(waiting()).every((count) => count === 0);
  for (const endMs = performance.now() + 120_000; !isEmpty() && performance.now() < endMs; ) await sleep(200);
  assert.deepEqual(waiting(), { events: 0, deliveries: 0, ofTopics: 0, ofBuckets: 0 });
}

/** Each file of bytes belongs to an object or to an upload under way, or is known to have to go. */
function assertFiles(directory: string): void {
  const database = join(directory, 's3.db');
  const used = rows(database, 'SELECT file FROM segments WHERE file IS NOT NULL').map(({ file }) => String(file));
  const unused = rows(database, 'SELECT file FROM garbage').map(({ file }) => String(file));
  const there = readdirSync(join(directory, 'objects'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  assert.deepEqual(missing(new Set(used), new Set(there)), [], 'objects without their bytes');
  assert.deepEqual(missing(new Set(there), new Set([...used, ...unused])), [], 'files of nobody');
}

function rows(path: string, query: string): Record<string, unknown>[] {
  using database = new DatabaseSync(path, { readOnly: true });
  return database.prepare(query).all();
}

const contentOf = (name: string, bytes: number): Buffer => Buffer.alloc(bytes, `${name}|`);
const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');
const missing = (expected: ReadonlySet<string>, seen: ReadonlySet<string>): string[] => [...expected.difference(seen)];

function isConnectionLost(error: unknown): boolean {
  const seen = error as { name?: string; code?: string; message?: string };
  return (
    ['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(seen.code ?? '') ||
    /socket hang up|ECONNRE|aborted/.test(`${seen.name} ${seen.message}`)
  );
}
