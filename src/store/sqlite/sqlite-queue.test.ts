import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { queueContract } from '../queue-contract.ts';
import { openSqliteQueue } from './sqlite-queue.ts';

const directory = await mkdtemp(join(tmpdir(), 'lambent-queue-'));
after(() => rm(directory, { recursive: true }));
let opened = 0;
const newPath = () => {
  opened += 1;
  return join(directory, `${opened}.db`);
};

queueContract('sqlite', async () => {
  const path = newPath();
  return { queue: openSqliteQueue(path), reopen: async () => openSqliteQueue(path) };
});

test('a message that could not be settled stays leased, and can be settled later', async () => {
  const path = newPath();
  await using queue = openSqliteQueue(path);
  await queue.put({ group: 'g', dueMs: 0, state: '', body: Buffer.from('x') });
  const all = { nowMs: 1, limit: 10, bytesMax: 10 };
  const [one] = (await queue.take('g', all)).messages;
  assert.ok(one);
  const saboteur = new DatabaseSync(path);
  saboteur.exec("CREATE TRIGGER broken BEFORE DELETE ON messages BEGIN SELECT RAISE(ABORT, 'no'); END");
  await assert.rejects(queue.settle(one.id), /cannot write to the queue/);
  assert.deepEqual((await queue.take('g', all)).messages, []);
  saboteur.exec('DROP TRIGGER broken');
  saboteur.close();
  await queue.settle(one.id);
  assert.deepEqual(await queue.groups(), []);
});

test('a file of a newer version is refused, and left alone', () => {
  const path = newPath();
  const future = new DatabaseSync(path);
  future.exec('PRAGMA user_version = 99');
  future.close();
  assert.throws(() => openSqliteQueue(path), /newer Lambent/);
});

test('kill -9 loses no message that was put, and brings back none that was settled', async () => {
  const path = newPath();
  const worker = spawn(process.execPath, [join(import.meta.dirname, '../testing/work-until-killed.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told = { put: new Set<string>(), settling: new Set<string>(), settled: new Set<string>() };
  for await (const line of createInterface({ input: worker.stdout })) {
    const [what, name = ''] = line.split(' ');
    told[what as keyof typeof told].add(name); // SAFE: what the worker writes.
    if (told.settled.size === 200) worker.kill('SIGKILL');
  }
  if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
  assert.equal(worker.signalCode, 'SIGKILL');

  await using queue = openSqliteQueue(path);
  const { messages } = await queue.take('g', { nowMs: Number.MAX_SAFE_INTEGER, limit: 1e6, bytesMax: 1e9 });
  const left = new Set(messages.map(({ body }) => body.toString()));
  const lost = [...told.put].filter((name) => !left.has(name) && !told.settling.has(name));
  assert.deepEqual(lost, []);
  const undead = [...told.settled].filter((name) => left.has(name));
  assert.deepEqual(undead, []);
});

test('the disk that a flood has taken is given back while it is worked off, and nothing else goes with it', async () => {
  const path = newPath();
  await using queue = openSqliteQueue(path);
  const pages = () => {
    using reader = new DatabaseSync(path, { readOnly: true });
    return Number(reader.prepare('PRAGMA page_count').get()?.page_count);
  };
  const body = Buffer.alloc(6_000, 'x');
  const numbers = Array.from({ length: 4_000 }, (_, at) => at);
  await Promise.all(numbers.map((at) => queue.put({ group: 'g', dueMs: at, state: String(at), body })));
  assert.ok(pages() > 5_000, `only ${pages()} pages`);
  const { messages } = await queue.take('g', { nowMs: 4_000, limit: 3_999, bytesMax: 1e9 });
  await Promise.all(messages.map(({ id }) => queue.settle(id)));
  assert.ok(pages() < 1_100, `${pages()} pages for one message`);
  const last = await queue.take('g', { nowMs: 4_000, limit: 10, bytesMax: 1e9 });
  assert.deepEqual(
    last.messages.map((one) => [one.state, one.body.equals(body)]),
    [['3999', true]],
  );
});
