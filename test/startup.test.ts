// Starting and stopping, as a person or a supervisor sees it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  checkout,
  lambent,
  runLambent,
  ServerDidNotStart,
  startServer,
  withoutAwsSettings,
} from '../scripts/server-process.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, serve, temporaryDirectory } from './server.ts';

test('serve prints one line when it can serve, and nothing else on standard output', async (t) => {
  const dataDir = await temporaryDirectory(cleanUpOf(t));
  const child = spawn(lambent, ['serve', '--port', '0', '--data-dir', dataDir], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for await (const part of child.stdout) {
    output += part;
    if (output.includes('\n')) child.kill('SIGTERM');
  }
  assert.match(output, /^Lambent is ready at http:\/\/127\.0\.0\.1:\d+\n$/);
});

test('serve ends with code 0 on SIGTERM and on SIGINT', async (t) => {
  const dataDir = await temporaryDirectory(cleanUpOf(t));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const server = await startServer({ args: ['--port', '0', '--data-dir', dataDir] });
    process.kill(server.pid, signal);
    assert.deepEqual(await server.exited, { code: 0, signal: null }, signal);
  }
});

test('bin/lambent works through a symbolic link and from another directory', async (t) => {
  const directory = await temporaryDirectory(cleanUpOf(t));
  const link = join(directory, 'lambent-link');
  await symlink(lambent, join(directory, 'first'));
  await symlink('first', link);
  const child = spawn(link, ['--help'], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const part of child.stdout) output += part;
  assert.match(output, /serve/);
});

test('a port that is taken is named, with the flag that picks another', async (t) => {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  cleanUp.defer(() => {
    other.close();
  });
  const address = other.address();
  assert.ok(address !== null && typeof address === 'object');
  for (const command of [
    [lambent, 'serve'],
    ['sh', join(checkout, 'scripts/start')],
  ]) {
    const [program = '', ...args] = [...command, '--port', String(address.port), '--data-dir', dataDir];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let error = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      error += text;
    });
    const [code] = await once(child, 'close');
    assert.notEqual(code, 0);
    assert.match(error, new RegExp(`\\b${address.port}\\b`));
    assert.match(error, /--port/);
    assert.doesNotMatch(error, /\n {4}at /, 'no stack trace for a mistake of the user');
  }
});

test('a second server on the same data directory is refused, and the first goes on', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  await assert.rejects(
    startServer({ args: ['--port', '0', '--data-dir', server.dataDir] }),
    (error) => error instanceof ServerDidNotStart && error.ended.code !== 0 && error.logged.includes(server.dataDir),
  );
  const { ListFunctionsCommand } = lambdaSdk();
  const list = await lambdaClient(cleanUp, server).send(new ListFunctionsCommand({}));
  assert.deepEqual(list.Functions, []);
});

test('the root key is made at the first start and is the same after a restart', async (t) => {
  const cleanUp = cleanUpOf(t);
  const first = await serve(cleanUp);
  await first.process.stop();
  const second = await serve(cleanUp, { dataDir: first.dataDir });
  assert.ok(first.env.AWS_SECRET_ACCESS_KEY);
  assert.deepEqual(
    [second.env.AWS_ACCESS_KEY_ID, second.env.AWS_SECRET_ACCESS_KEY],
    [first.env.AWS_ACCESS_KEY_ID, first.env.AWS_SECRET_ACCESS_KEY],
  );
  assert.equal(second.env.AWS_ENDPOINT_URL, second.process.url);
});

test('an unknown command and an unknown flag are refused with a hint', async () => {
  for (const args of [['sevre'], ['serve', '--prot', '1']]) {
    const { code, stderr } = await runLambent(args);
    assert.notEqual(code, 0);
    assert.match(stderr, /unknown/);
  }
});

test('npm start deploys and invokes the example, stays up, stops on Ctrl-C, and does it again', async (t) => {
  const dataDir = await temporaryDirectory(cleanUpOf(t));
  for (const time of ['first', 'second']) {
    // A process group of its own, as a terminal gives it; Ctrl-C goes to every process in it.
    const child = spawn('npm', ['start', '--silent', '--', '--port', '0', '--data-dir', dataDir], {
      cwd: checkout,
      env: withoutAwsSettings(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let error = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      error += text;
    });
    let output = '';
    let isTold = false;
    const closed = once(child, 'close');
    for await (const part of child.stdout.setEncoding('utf8')) {
      output += part;
      // Once: what it still says may be read when nobody is left to be told.
      if (isTold || !output.includes('Ctrl-C stops') || child.pid === undefined) continue;
      isTold = true;
      process.kill(-child.pid, 'SIGINT');
    }
    await closed;
    assert.match(output, /^Lambent is ready at http:\/\/127\.0\.0\.1:\d+$/m, `${time} time: ${output}${error}`);
    assert.match(output, /"message":"Hello, world!"/);
    assert.match(output, /REPORT RequestId: .*Billed Duration: \d+ ms/);
    assert.match(output, /aws lambda invoke --function-name hello/);
    assert.match(output, /Stopping/);
    assert.doesNotMatch(error, /failed|has ended by itself/);
  }
});
