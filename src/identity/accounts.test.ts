import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { systemClock } from '../lib/clock.ts';
import { openLog } from '../lib/log.ts';
import { capture } from '../wire/sigv4/testing/captured-request.ts';
import { openAccounts } from './accounts.ts';
import { addAccount, FIRST_ACCOUNT, listAccounts, openIdentity, readAccountKey, removeAccount } from './index.ts';

const require = createRequire(import.meta.url);
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts') as typeof import('@aws-sdk/client-sts');

const ACCOUNT = '111122223333';
const ADDER = join(import.meta.dirname, 'testing', 'add-accounts-until-killed.ts');
const keyFile = (dataDir: string, account = ACCOUNT) => join(dataDir, 'identity', `account-${account}.json`);

test('an account has a root key of its own, which only its owner can read', async (t) => {
  const dataDir = await dataDirectory(t);
  const key = await addAccount(dataDir, ACCOUNT);
  assert.match(key.accessKeyId, /^AKIA[A-Z2-7]{16}$/);
  assert.match(key.secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
  assert.deepEqual(readAccountKey(dataDir, ACCOUNT), key);
  assert.equal((await stat(keyFile(dataDir))).mode & 0o777, 0o600);
  assert.equal((await stat(join(dataDir, 'identity'))).mode & 0o777, 0o700);
  assert.deepEqual(await readdir(join(dataDir, 'identity')), [`account-${ACCOUNT}.json`], 'no draft is left behind');
  assert.notDeepEqual(await addAccount(dataDir, '111122223334'), key);
});

test('accounts are listed by their ids, the first one before the others', async (t) => {
  const dataDir = await dataDirectory(t);
  assert.deepEqual(listAccounts(dataDir), []);
  for (const account of ['999999999999', ACCOUNT]) await addAccount(dataDir, account);
  const { rootKey } = await open(dataDir);
  const listed = listAccounts(dataDir);
  assert.deepEqual(
    listed.map(({ account }) => account),
    [FIRST_ACCOUNT, ACCOUNT, '999999999999'],
  );
  assert.deepEqual(listed[0]?.key, rootKey);
});

test('what is no account, is there already or is not there is told with what to type', async (t) => {
  const dataDir = await dataDirectory(t);
  for (const bad of ['', '11112222333', '1111222233334', '11112222333x', '../root-key', '１１１１２２２２３３３３']) {
    for (const act of [addAccount, removeAccount, async () => readAccountKey(dataDir, bad)]) {
      await assert.rejects(act(dataDir, bad), {
        message: /is no account: one is 12 digits, for example 111122223333$/,
      });
    }
  }
  await assert.rejects(addAccount(dataDir, FIRST_ACCOUNT), {
    message: /is there from the start.*"lambent env" prints/,
  });
  await assert.rejects(removeAccount(dataDir, FIRST_ACCOUNT), { message: /cannot be removed: every server has it/ });
  const absent = { message: /^there is no account 111122223333 here\. .*"lambent account add 111122223333" makes it$/ };
  await assert.rejects(removeAccount(dataDir, ACCOUNT), absent);
  assert.throws(() => readAccountKey(dataDir, ACCOUNT), absent);
  const key = await addAccount(dataDir, ACCOUNT);
  await assert.rejects(addAccount(dataDir, ACCOUNT), {
    message: 'the account 111122223333 is there already: "lambent env --account 111122223333" prints its key',
  });
  assert.deepEqual(readAccountKey(dataDir, ACCOUNT), key, 'it keeps its key');
  await removeAccount(dataDir, ACCOUNT);
  assert.throws(() => readAccountKey(dataDir, ACCOUNT), absent);
});

test('of many who add one account at once, one makes it', async (t) => {
  const dataDir = await dataDirectory(t);
  const added = await Promise.allSettled(Array.from({ length: 20 }, () => addAccount(dataDir, ACCOUNT)));
  const made = added.filter(({ status }) => status === 'fulfilled');
  assert.equal(made.length, 1);
  assert.deepEqual(made[0], { status: 'fulfilled', value: readAccountKey(dataDir, ACCOUNT) });
});

test('what was told to be added is there after kill -9, what was removed is not, and no key is half written', async (t) => {
  const dataDir = await dataDirectory(t);
  const told = new Map<string, string | undefined>();
  for (let round = 1; round <= 3; round += 1) {
    const first = String(100_000_000_000 * round);
    const child = spawn(process.execPath, [ADDER, dataDir, first], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    let lines = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      lines += chunk;
      // At another moment of its work each time.
      if (lines.split('\n').length > 5 * round) child.kill('SIGKILL');
    }
    for (const line of lines.split('\n').slice(0, -1)) {
      const { account, accessKeyId } = JSON.parse(line);
      told.set(account, accessKeyId);
    }
    const there = new Map(listAccounts(dataDir).map(({ account, key }) => [account, key.accessKeyId]));
    // The last one may have been removed without that having been told any more.
    const last = [...told.keys()].at(-1) ?? '';
    if (!there.has(last)) told.set(last, undefined);
    for (const [account, accessKeyId] of told) assert.equal(there.get(account), accessKeyId, account);
  }
  await open(dataDir);
});

test('a server that runs takes a new account’s key at once, and each key is its own account’s', async (t) => {
  const dataDir = await dataDirectory(t);
  const identity = await open(dataDir);
  for (const account of [ACCOUNT, '111122223334', '111122223335']) {
    const key = await addAccount(dataDir, account);
    const { principal } = identity.authenticate(await signed(key));
    assert.deepEqual(principal, {
      accessKeyId: key.accessKeyId,
      account,
      arn: `arn:aws:iam::${account}:root`,
      userId: account,
      kind: 'root',
    });
  }
  assert.equal(identity.authenticate(await signed(identity.rootKey)).principal.account, FIRST_ACCOUNT);
});

test('an account that was removed is shut, its sessions too, and a new key does not open the old one’s door', async (t) => {
  const dataDir = await dataDirectory(t);
  const identity = await open(dataDir);
  const old = await addAccount(dataDir, ACCOUNT);
  const session = identity.issueRoleSession({
    roleArn: `arn:aws:iam::${ACCOUNT}:role/worker`,
    sessionName: 'fn',
    durationMs: 60_000,
    account: ACCOUNT,
  });
  const requests = [await signed(old), await signed(session)];
  for (const request of requests) assert.equal(identity.authenticate(request).principal.account, ACCOUNT);

  const refused = { message: 'The security token included in the request is invalid.' };
  await removeAccount(dataDir, ACCOUNT);
  identity.lookForAccounts();
  for (const request of requests) assert.throws(() => identity.authenticate(request), refused);
  const made = await addAccount(dataDir, ACCOUNT);
  assert.equal(identity.authenticate(await signed(made)).principal.account, ACCOUNT);
  assert.throws(() => identity.authenticate(requests[0] ?? assert.fail()), refused);
});

test('a key that others can read, or that is broken, stops the start and names the account', async (t) => {
  const dataDir = await dataDirectory(t);
  await addAccount(dataDir, ACCOUNT);
  await chmod(keyFile(dataDir), 0o644);
  await assert.rejects(open(dataDir), {
    message:
      /^others can reach the key of the account 111122223333: .* has mode 644\. Run `chmod 600 .*type: lambent account add/,
  });
  await chmod(keyFile(dataDir), 0o600);
  const good = await readFile(keyFile(dataDir), 'utf8');
  for (const broken of ['', '{', 'null', '{"form":2}', good.replace('AKIA', 'ASIA')]) {
    await writeFile(keyFile(dataDir), broken);
    await assert.rejects(open(dataDir), { message: /^the key of the account 111122223333, .*, is broken \(/ }, broken);
  }
});

test('what is said of a broken key shows nothing of it', async (t) => {
  const dataDir = await dataDirectory(t);
  const { secretAccessKey } = await addAccount(dataDir, ACCOUNT);
  for (const content of [
    secretAccessKey,
    `{"secretAccessKey":"${secretAccessKey}",x}`,
    `{"form":"${secretAccessKey}"}`,
  ]) {
    await writeFile(keyFile(dataDir), content);
    const told = await open(dataDir).then(
      () => assert.fail('it started'),
      (error: unknown) => inspect(error, { depth: null }),
    );
    for (let at = 0; at + 8 <= secretAccessKey.length; at += 1) {
      assert.ok(!told.includes(secretAccessKey.slice(at, at + 8)), told);
    }
  }
});

test('a key that becomes unusable while the server runs shuts that account only, and is told', async (t) => {
  const dataDir = await dataDirectory(t);
  const [key, other] = [await addAccount(dataDir, ACCOUNT), await addAccount(dataDir, '111122223334')];
  const told: unknown[] = [];
  const accounts = openAccounts(dataDir, systemClock, (error) => told.push(error));
  await writeFile(keyFile(dataDir), 'spoiled');
  await addAccount(dataDir, '111122223335');
  accounts.look();
  assert.match(String(told[0]), /the key of the account 111122223333, .*, is broken \(it is not JSON\)/);
  assert.equal(accounts.ownerOf(key.accessKeyId), undefined);
  assert.equal(accounts.ownerOf(other.accessKeyId)?.account, '111122223334');
  assert.ok(accounts.has('111122223335'));
});

const open = (dataDir: string) =>
  openIdentity({ dataDir, mode: 'enforced', clock: systemClock, log: openLog('silent') });

/** A request as the official client signs it. */
function signed(credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) {
  return capture((endpoint) =>
    new STSClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 }).send(
      new GetCallerIdentityCommand({}),
    ),
  );
}

async function dataDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'lambent-accounts-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
