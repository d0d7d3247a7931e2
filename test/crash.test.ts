// The server is killed at random instants while functions are created and invoked. Whatever was acknowledged must be
// there after a restart and run, and nothing of the dead server may be left on the host.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pack } from '../examples/pack.ts';
import { checkout } from '../scripts/server-process.ts';
import { generator } from '../src/lib/testing/random.ts';
import { controlGroups, descendants, isAlive, isBeingMade, members, siblings } from './host.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, ROLE, serve, settled, temporaryDirectory, text, until } from './server.ts';

const ROUNDS = 4;
const seed = Number(process.env.SEED ?? 20_261_121);

test(`what was acknowledged survives kill -9, and no running function does (SEED=${seed})`, async (t) => {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const sdk = lambdaSdk();
  const random = generator(seed);
  const code = await pack(`${checkout}/examples/hello`);
  /** Name of each acknowledged function, and its acknowledged description. */
  const acknowledged = new Map<string, string>();
  const deleted = new Set<string>();

  for (let round = 1; round <= ROUNDS; round += 1) {
    const server = await serve(cleanUp, { dataDir });
    const client = lambdaClient(cleanUp, server, { maxAttempts: 1 });
    // At a random instant, but for a slow machine not before there is something to lose.
    const killed = Promise.all([
      sleep(300 + random() * 1_200),
      until('one is there', () => acknowledged.size > 0),
    ]).then(() => {
      const left = descendants(server.process.pid);
      const groups = controlGroups(left, server.process.pid);
      return server.process.kill().then(() => ({ left, groups }));
    });
    // Two callers change and invoke functions until the server is gone under them.
    const caller = async (who: number) => {
      for (let count = 1; ; count += 1) {
        const named = { FunctionName: `crash-${round}-${who}-${count}` };
        const Description = `as created in round ${round}`;
        await client.send(
          new sdk.CreateFunctionCommand({
            ...named,
            Description,
            Runtime: 'nodejs24.x',
            Handler: 'index.handler',
            Role: ROLE,
            Timeout: 30,
            Code: { ZipFile: code },
          }),
        );
        acknowledged.set(named.FunctionName, Description);
        await settled(client, named.FunctionName);
        await client.send(new sdk.InvokeCommand(named));
        if (count % 3 === 0) {
          await client.send(new sdk.UpdateFunctionConfigurationCommand({ ...named, Description: 'changed' }));
          acknowledged.set(named.FunctionName, 'changed');
        }
        if (count % 4 === 0) {
          // From the request on, both are right: the answer may be what was lost.
          acknowledged.delete(named.FunctionName);
          await client.send(new sdk.DeleteFunctionCommand(named));
          deleted.add(named.FunctionName);
        }
      }
    };
    const outcomes = await Promise.allSettled([caller(1), caller(2)]);
    const { left, groups } = await killed;
    for (const outcome of outcomes) {
      assert.ok(outcome.status === 'rejected');
      assertConnectionLost(outcome.reason);
    }
    // Nothing of a function outlives the server, whether or not it is ever started again. Only a sandbox that was just
    // being made may wait for the restart: bubblewrap's child asks to die with its parent a moment after it is born.
    const survivors = () => [...left, ...members(siblings(groups))].filter(isAlive);
    await until('no function of the dead server runs', () => survivors().every(isBeingMade));
    const halfMade = survivors();

    const next = await serve(cleanUp, { dataDir });
    await until('its half-made sandboxes are gone', () => !halfMade.some(isAlive));
    await until('its control groups are gone', () => groups.every((directory) => !existsSync(directory)));
    const nextClient = lambdaClient(cleanUp, next);
    for (const [name, description] of acknowledged) {
      const configuration = await nextClient.send(new sdk.GetFunctionConfigurationCommand({ FunctionName: name }));
      // An update whose answer was lost may have been made.
      assert.ok(
        [description, 'changed'].includes(configuration.Description ?? ''),
        `${name}: ${configuration.Description}`,
      );
      await settled(nextClient, name);
      const answer = await nextClient.send(new sdk.InvokeCommand({ FunctionName: name, Payload: '{"name":"Ada"}' }));
      assert.match(text(answer.Payload), /Hello, Ada!/);
    }
    for (const name of deleted) {
      await assert.rejects(nextClient.send(new sdk.GetFunctionCommand({ FunctionName: name })), {
        name: 'ResourceNotFoundException',
      });
    }
    await next.process.stop();
  }
  assert.ok(acknowledged.size > 0, 'the server lived long enough to acknowledge something');
});

test('a server that is stopped leaves no process and no control group', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const client = lambdaClient(cleanUp, server);
  const sdk = lambdaSdk();
  const named = { FunctionName: 'stopped' };
  const ZipFile = await pack(`${checkout}/examples/hello`);
  await client.send(
    new sdk.CreateFunctionCommand({
      ...named,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      Timeout: 30,
      Code: { ZipFile },
    }),
  );
  await settled(client, named.FunctionName);
  await client.send(new sdk.InvokeCommand(named));
  const left = descendants(server.process.pid);
  const groups = controlGroups(left, server.process.pid);
  assert.ok(left.length > 0, 'there are sandboxes to leave behind');
  assert.deepEqual(await server.process.stop(), { code: 0, signal: null });
  assert.deepEqual(left.filter(isAlive), []);
  assert.deepEqual(
    groups.filter((directory) => existsSync(directory)),
    [],
  );
});

function assertConnectionLost(error: unknown): void {
  const seen = error as { name?: string; code?: string; message?: string };
  const isLost =
    ['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(seen.code ?? '') ||
    /socket hang up|ECONNRE|aborted/.test(`${seen.name} ${seen.message}`);
  assert.ok(isLost, `a caller saw something else than a lost connection: ${seen.name} ${seen.message}`);
}
