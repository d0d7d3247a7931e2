// Fifty callers invoke twenty functions while these are updated, deleted and created again. No answer may be wrong, and
// afterwards the host must be as before: no process, descriptor, mount or control group more.
// 2,000 invocations by default; LAMBENT_SOAK=full makes it 10,000, LAMBENT_SOAK=<number> that many.
import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ZipFile } from 'yazl';
import { generator } from '../src/lib/testing/random.ts';
import { controlGroups, descendants, mounts, openDescriptors, siblings } from './host.ts';
import {
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  ROLE,
  readyPython,
  serve,
  settled,
  type TestServer,
  text,
  until,
} from './server.ts';

const asked = process.env.LAMBENT_SOAK ?? '2000';
const INVOCATIONS = asked === 'full' ? 10_000 : Number(asked);
const CALLERS = 50;
const FUNCTIONS = 20;
/** A change makes about three environments useless, and a new one costs a two-core machine some 50 ms. */
const CALLS_PER_CHANGE = 20;
const seed = Number(process.env.SEED ?? 20_261_121);
const sdk = lambdaSdk();

/** What the callers may rely on, as the changer of functions knows it. */
interface Subject {
  readonly name: string;
  readonly isPython: boolean;
  readonly runtime: import('@aws-sdk/client-lambda').Runtime;
  /** Every answer to a call that starts now has at least this generation … */
  settledGeneration: number;
  /** … and every answer that has come has at most this one. */
  newestGeneration: number;
  /** Whether it may be missing or not yet active; counts up at each change, so that a caller sees what it spanned. */
  absences: number;
  isAbsent: boolean;
}

test(`${INVOCATIONS} invocations of changing functions: no wrong answer, no leak (SEED=${seed})`, async (t) => {
  const cleanUp = cleanUpOf(t);
  const python = (await readyPython()) as import('@aws-sdk/client-lambda').Runtime;
  const server = await serve(cleanUp);
  const subjects = Array.from({ length: FUNCTIONS }, (_, index): Subject => {
    const isPython = index % 4 === 3;
    return {
      name: `soak-${index}`,
      isPython,
      runtime: isPython ? python : 'nodejs24.x',
      settledGeneration: 0,
      newestGeneration: 0,
      absences: 0,
      isAbsent: true,
    };
  });

  // A first small round, so that what is opened once and kept (pools, logs, connections) is there when we count.
  await round(server, subjects, CALLERS * 4);
  const before = await held(server);
  const seen = await round(server, subjects, INVOCATIONS);
  t.diagnostic(`${seen.right} right answers, ${seen.refused} refused while deleted; ${seen.changes} changes`);
  assert.equal(seen.right + seen.refused, INVOCATIONS);
  assert.ok(seen.right > INVOCATIONS / 2, 'most calls found their function');
  assert.ok(seen.changes >= INVOCATIONS / CALLS_PER_CHANGE / 5, `only ${seen.changes} changes`);

  t.diagnostic(`held before: ${JSON.stringify(before)}`);
  let now = await held(server);
  for (let waitedMs = 0; !isNoMore(now, before) && waitedMs < 120_000; waitedMs += 500) {
    await sleep(500);
    now = await held(server);
  }
  t.diagnostic(`held after: ${JSON.stringify(now)}`);
  assert.ok(isNoMore(now, before), `before: ${JSON.stringify(before)}, after: ${JSON.stringify(now)}`);
});

type Held = Awaited<ReturnType<typeof held>>;

/** What the server holds when it has nothing to do: the sandboxes of its warm pool, and itself. */
async function held(server: TestServer) {
  const { pid } = server.process;
  // The pool refills in the background: it has when nothing comes or goes for two seconds.
  let last = -1;
  let stillMs = 0;
  await until('the warm pool is still', () => {
    const now = descendants(pid).length;
    stillMs = now === last ? stillMs + 50 : 0;
    last = now;
    return stillMs >= 2_000;
  });
  const processes = descendants(pid);
  return {
    processes: processes.length,
    descriptors: openDescriptors(pid),
    mounts: mounts(pid),
    controlGroups: siblings(controlGroups(processes, pid)).length,
  };
}

function isNoMore(now: Held, before: Held): boolean {
  return (
    now.processes <= before.processes &&
    now.mounts <= before.mounts &&
    now.controlGroups <= before.controlGroups &&
    // A log file or a database connection may have been opened lazily; a leak would be one per environment or call.
    now.descriptors <= before.descriptors + 5
  );
}

/** Creates the functions, invokes them `count` times while they change, and deletes them. */
async function round(server: TestServer, subjects: readonly Subject[], count: number) {
  await using cleanUp = new AsyncDisposableStack();
  const client = lambdaClient(cleanUp, server);
  const random = generator(seed);
  const seen = { right: 0, refused: 0, changes: 0 };
  await Promise.all(subjects.map((subject) => create(client, subject)));

  let left = count;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      const subject = pick(subjects, random);
      seen[await call(client, subject, left)] += 1;
    }
  };
  // In step with the calls, so that a slow machine sees the same mixture as a fast one.
  const changer = async () => {
    for (let at = count - CALLS_PER_CHANGE; left > 0; at -= CALLS_PER_CHANGE) {
      while (left > at && left > 0) await sleep(5);
      const subject = pick(subjects, random);
      const kind = random();
      if (kind < 0.2) {
        await remove(client, subject);
        await create(client, subject);
      } else await change(client, subject, kind < 0.6 ? 'code' : 'variables');
      seen.changes += 1;
    }
  };
  try {
    await Promise.all([changer(), ...Array.from({ length: CALLERS }, caller)]);
  } finally {
    // After a wrong answer the others stop too, or the changer would wait for calls that never come.
    left = 0;
  }
  await Promise.all(subjects.map((subject) => remove(client, subject)));
  return seen;
}

async function call(client: LambdaClient, subject: Subject, number: number): Promise<'right' | 'refused'> {
  const { settledGeneration, absences, isAbsent } = subject;
  const Payload = JSON.stringify({ number });
  try {
    const answer = await client.send(new sdk.InvokeCommand({ FunctionName: subject.name, Payload }));
    const body = text(answer.Payload);
    assert.equal(answer.FunctionError, undefined, body);
    const said: { name: string; number: number; generation: number } = JSON.parse(body);
    assert.deepEqual([said.name, said.number], [subject.name, number], 'the answer belongs to this call');
    assert.ok(said.generation >= settledGeneration, `old code: ${said.generation} < ${settledGeneration}`);
    assert.ok(said.generation <= subject.newestGeneration, `code from nowhere: ${said.generation}`);
    return 'right';
  } catch (error) {
    const { name } = error as Error;
    const mayBeAbsent = isAbsent || subject.absences !== absences;
    if (mayBeAbsent && ['ResourceNotFoundException', 'ResourceConflictException'].includes(name)) return 'refused';
    throw error;
  }
}

async function create(client: LambdaClient, subject: Subject): Promise<void> {
  const generation = ++subject.newestGeneration;
  await client.send(
    new sdk.CreateFunctionCommand({
      FunctionName: subject.name,
      Runtime: subject.runtime,
      Handler: 'index.handler',
      Role: ROLE,
      Timeout: 30,
      Code: { ZipFile: await codeOf(subject, generation) },
    }),
  );
  await settled(client, subject.name);
  subject.settledGeneration = generation;
  subject.isAbsent = false;
}

async function change(client: LambdaClient, subject: Subject, what: 'code' | 'variables'): Promise<void> {
  const FunctionName = subject.name;
  const generation = ++subject.newestGeneration;
  if (what === 'code') {
    const ZipFile = await codeOf(subject, generation);
    await client.send(new sdk.UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
  } else {
    const Environment = { Variables: { GENERATION: String(generation) } };
    await client.send(new sdk.UpdateFunctionConfigurationCommand({ FunctionName, Environment }));
  }
  await settled(client, FunctionName);
  subject.settledGeneration = generation;
}

async function remove(client: LambdaClient, subject: Subject): Promise<void> {
  subject.isAbsent = true;
  subject.absences += 1;
  await client.send(new sdk.DeleteFunctionCommand({ FunctionName: subject.name }));
}

/** Answers which function it is, which generation, and the number it was given. */
function codeOf(subject: Subject, generation: number): Promise<Buffer> {
  const zip = new ZipFile();
  if (subject.isPython) {
    zip.addBuffer(
      Buffer.from(`import os

def handler(event, context):
    generation = max(${generation}, int(os.environ.get("GENERATION", "0")))
    return {"name": context.function_name, "number": event["number"], "generation": generation}
`),
      'index.py',
    );
  } else {
    zip.addBuffer(
      Buffer.from(`export const handler = async ({ number }, { functionName: name }) => ({
  name, number, generation: Math.max(${generation}, Number(process.env.GENERATION ?? 0)),
});
`),
      'index.mjs',
    );
  }
  zip.end();
  return buffer(zip.outputStream);
}

function pick<T>(from: readonly T[], random: () => number): T {
  const one = from[Math.floor(random() * from.length)];
  assert.ok(one !== undefined);
  return one;
}
