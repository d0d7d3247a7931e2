// Several accounts on one server: how an operator makes and removes them.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { exportsOf, runLambent } from '../scripts/server-process.ts';
import { deploy, invoke, zipOf } from './deploy.ts';
import {
  asAccount,
  cleanUpOf,
  inRegion,
  lambdaClient,
  lambdaSdk,
  serve,
  type TestServer,
  temporaryDirectory,
  until,
} from './server.ts';

const require = createRequire(import.meta.url);
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts') as typeof import('@aws-sdk/client-sts');

const ACCOUNT = '111122223333';

test('an account is added while the server runs, outlives its death, and is removed when it is empty', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const where = ['--data-dir', server.dataDir];
  const added = await runLambent(['account', 'add', ACCOUNT, ...where]);
  assert.equal(added.code, 0, added.stderr);
  assert.match(
    added.stdout,
    /^The account 111122223333 is there\. To use it, type: eval "\$\(lambent env --account 111/,
  );
  const other = await asAccount(server, ACCOUNT);
  assert.deepEqual(await whoIs(other), { Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:root`, UserId: ACCOUNT });
  assert.equal((await whoIs(server)).Account, '000000000000');

  const listed = await runLambent(['account', 'list', ...where]);
  const keyIds = [server, other].map(({ env }) => env.AWS_ACCESS_KEY_ID);
  assert.equal(listed.stdout, `000000000000  ${keyIds[0]}\n${ACCOUNT}  ${keyIds[1]}\n`);
  const again = await runLambent(['account', 'add', ACCOUNT, ...where]);
  assert.equal(again.code, 1);
  assert.match(
    again.stderr,
    /^lambent: the account 111122223333 is there already: "lambent env --account 111122223333"/,
  );

  await server.process.kill();
  const restarted = await serve(cleanUp, { dataDir: server.dataDir });
  const back = { ...restarted, env: { ...other.env, AWS_ENDPOINT_URL: restarted.env.AWS_ENDPOINT_URL ?? '' } };
  assert.equal((await whoIs(back)).Account, ACCOUNT);

  const client = lambdaClient(cleanUp, back);
  const files = { 'index.js': 'exports.handler = async () => { console.log("logged"); return "answered"; }' };
  const role = `arn:aws:iam::${ACCOUNT}:role/any`;
  await deploy(client, { name: 'kept', runtime: 'nodejs24.x', role, files });
  assert.equal((await invoke(client, 'kept')).text, '"answered"');
  const tail = await runLambent([
    'logs',
    'tail',
    'kept',
    '--account',
    ACCOUNT,
    '--port',
    String(back.process.port),
    ...where,
  ]);
  assert.match(tail.stdout, /\tINFO\tlogged$/m);
  const elsewhere = lambdaClient(cleanUp, inRegion(back, 'eu-west-1'));
  const layer = { LayerName: 'layer', Content: { ZipFile: await zipOf({ file: '' }) } };
  for (const _ of [1, 2]) await elsewhere.send(new (lambdaSdk().PublishLayerVersionCommand)(layer));
  const refused = await runLambent(['account', 'remove', ACCOUNT, ...where]);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /^lambent: the account 111122223333 still has 1 function in us-east-1, 2 layer versions in eu-west-1\. Delete them first, /,
  );
  assert.equal((await whoIs(back)).Account, ACCOUNT, 'nothing was removed');

  await client.send(new (lambdaSdk().DeleteFunctionCommand)({ FunctionName: 'kept' }));
  for (const VersionNumber of [1, 2]) {
    await elsewhere.send(new (lambdaSdk().DeleteLayerVersionCommand)({ LayerName: 'layer', VersionNumber }));
  }
  const removed = await runLambent(['account', 'remove', ACCOUNT, ...where]);
  assert.equal(removed.stdout, 'The account 111122223333 is gone, and its key with it.\n');
  await until('its key opens the server no more', () =>
    whoIs(back).then(
      () => false,
      () => true,
    ),
  );
  await assert.rejects(whoIs(back), { name: 'InvalidClientTokenId' });
  assert.deepEqual(await readdir(join(server.dataDir, 'identity')), ['root-key.json', 'variables-key.json']);

  const secrets = [server, other].map(({ env }) => env.AWS_SECRET_ACCESS_KEY ?? assert.fail());
  const logged = server.process.logged() + restarted.process.logged();
  for (const secret of secrets) assert.ok(![logged, added.stdout, listed.stdout].join().includes(secret));
});

test('what is no account, or none of this server, is told with what to type', async (t) => {
  const dataDir = await temporaryDirectory(cleanUpOf(t));
  const failing = async (...args: string[]) => {
    const { code, stdout, stderr } = await runLambent([...args, '--data-dir', dataDir]);
    assert.equal(code, 1, args.join(' '));
    assert.equal(stdout, '');
    return stderr;
  };
  for (const verb of ['add', 'remove']) {
    assert.match(
      await failing('account', verb, '1234'),
      /"1234" is no account: one is 12 digits, for example 111122223333/,
    );
    assert.match(
      await failing('account', verb, '000000000000'),
      /the account 000000000000 (is there|cannot be removed)/,
    );
  }
  assert.match(
    await failing('env', '--account', ACCOUNT),
    /there is no account 111122223333 here\. .*lambent account add/,
  );
  assert.match(await failing('account', 'remove', ACCOUNT), /there is no account 111122223333 here\. /);
  assert.match(await failing('account', 'list'), /has no account yet: start the server once with "lambent serve/);
  // Before the first start, an account may be there already.
  assert.equal((await runLambent(['account', 'add', ACCOUNT, '--data-dir', dataDir])).code, 0);
  const key = JSON.parse(await readFile(join(dataDir, 'identity', `account-${ACCOUNT}.json`), 'utf8'));
  const exported = await exportsOf(['--account', ACCOUNT, '--data-dir', dataDir]);
  assert.equal(exported.AWS_SECRET_ACCESS_KEY, key.secretAccessKey);
});

async function whoIs({ env }: TestServer) {
  const client = new STSClient({
    endpoint: env.AWS_ENDPOINT_URL ?? '',
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
  });
  try {
    const { Account, Arn, UserId } = await client.send(new GetCallerIdentityCommand({}));
    return { Account, Arn, UserId };
  } finally {
    client.destroy();
  }
}
