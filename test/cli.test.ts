// The commands beside `serve`, as somebody types them: what they print, and what they say when they cannot.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runLambent } from '../scripts/server-process.ts';
import { deploy, invoke, zipOf } from './deploy.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, patience, ROLE, serve, temporaryDirectory, until } from './server.ts';

test('a runtime that is missing fails the function with the command to type, and that command mends it', async (t) => {
  const cleanUp = cleanUpOf(t);
  const LAMBENT_RUNTIMES_DIR = await temporaryDirectory(cleanUp);
  const env = { ...process.env, LAMBENT_RUNTIMES_DIR };
  const server = await serve(cleanUp, { env });
  const client = lambdaClient(cleanUp, server);
  const { CreateFunctionCommand, GetFunctionCommand, UpdateFunctionConfigurationCommand } = lambdaSdk();
  const create = {
    FunctionName: 'old',
    Runtime: 'nodejs22.x' as const,
    Handler: 'index.handler',
    Role: ROLE,
    Code: { ZipFile: await zipOf({ 'index.js': 'exports.handler = async () => process.version' }) },
  };
  await client.send(new CreateFunctionCommand(create));
  const failed = await lambdaSdk()
    .waitUntilFunctionActiveV2(patience(client), { FunctionName: 'old' })
    .then(
      () => assert.fail('it became active without a runtime'),
      () => client.send(new GetFunctionCommand({ FunctionName: 'old' })),
    );
  assert.equal(failed.Configuration?.State, 'Failed');
  assert.equal(failed.Configuration?.StateReasonCode, 'InvalidRuntime');
  assert.match(
    failed.Configuration?.StateReason ?? '',
    /nodejs22\.x is not installed.* lambent runtime add nodejs22\.x$/,
  );
  assert.match(
    (await runLambent(['runtime', 'list'], env)).stdout,
    /^nodejs22\.x +missing +type: lambent runtime add nodejs22\.x$/m,
  );

  const added = await runLambent(['runtime', 'add', 'nodejs22.x'], env);
  assert.equal(added.code, 0, added.stderr);
  assert.match(added.stdout, /^nodejs22\.x +ready +22\.\d+\.\d+/);
  assert.ok(added.stderr.length > 0, 'it tells its progress');
  // The server that runs has noticed.
  const state = async () => (await client.send(new GetFunctionCommand({ FunctionName: 'old' }))).Configuration?.State;
  await until('it has become active', async () => (await state()) === 'Active');
  assert.match((await invoke(client, 'old')).text, /^"v22\./);

  const named = await runLambent(['runtime', 'add', 'nodejs22.x', '--path', process.execPath], env);
  assert.equal(named.code, 0, named.stderr);
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'old', Description: 'again' }));
  await lambdaSdk().waitUntilFunctionUpdatedV2(patience(client), { FunctionName: 'old' });
  const { text } = await invoke(client, 'old');
  assert.equal(text, JSON.stringify(process.version), 'no sandbox that waited with the old one is used');
});

test('logs tail prints what a function logged, and says so when there is nothing', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const client = lambdaClient(cleanUp, server);
  const files = { 'index.js': 'exports.handler = async (event) => { console.log("said", event.word) }' };
  await deploy(client, { name: 'talks', runtime: 'nodejs24.x', files });
  const where = ['--data-dir', server.dataDir, '--port', String(server.process.port)];
  const silent = await runLambent(['logs', 'tail', 'talks', ...where]);
  assert.equal(silent.code, 1);
  assert.match(silent.stderr, /talks/);

  await invoke(client, 'talks', { word: 'héllo' });
  const tail = await runLambent(['logs', 'tail', 'talks', ...where]);
  assert.equal(tail.code, 0, tail.stderr);
  assert.match(
    tail.stdout,
    /^INIT_START .*\nSTART RequestId: .*\n.*\tINFO\tsaid héllo\nEND RequestId: .*\nREPORT RequestId: /m,
  );
  const filtered = await runLambent(['logs', 'tail', 'talks', '--filter-pattern', 'said', ...where]);
  assert.match(filtered.stdout, /^[^\n]*\tINFO\tsaid héllo\n$/);
});

test('doctor tells what this host can do', async () => {
  const { code, stdout, stderr } = await runLambent(['doctor']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /bubblewrap/);
  assert.match(stdout, /Runtimes that are ready: .*nodejs24\.x/);
});

test('a command that cannot be done says why and what to type, and exits with 1', async (t) => {
  const dataDir = await temporaryDirectory(cleanUpOf(t));
  const noKey = await runLambent(['env', '--data-dir', `${dataDir}/none`]);
  assert.equal(noKey.code, 1);
  assert.match(noKey.stderr, /^lambent: .*has no key yet: start the server once with "lambent serve --data-dir/);
  assert.equal((await runLambent(['runtime', 'add', 'cobol85'])).code, 1);
  const open = await runLambent([
    'serve',
    '--auth',
    'relaxed',
    '--host',
    '0.0.0.0',
    '--port',
    '0',
    '--data-dir',
    dataDir,
  ]);
  assert.equal(open.code, 1);
  assert.match(open.stderr, /--auth relaxed lets everybody who reaches 0\.0\.0\.0 run code here/);
  const since = await runLambent(['logs', 'tail', 'x', '--since', 'yesterday', '--data-dir', dataDir]);
  assert.match(since.stderr, /--since yesterday is no duration/);
});
