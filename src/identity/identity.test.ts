import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { systemClock } from '../lib/clock.ts';
import { openLog } from '../lib/log.ts';
import { addAccount, FIRST_ACCOUNT, openIdentity, readAccountKey, smtpPassword } from './index.ts';

async function dataDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'lambent-identity-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const open = (dataDir: string) =>
  openIdentity({ dataDir, mode: 'enforced', clock: systemClock, log: openLog('silent') });
const keyFile = (dataDir: string) => join(dataDir, 'identity', 'root-key.json');

describe('the root key', () => {
  test('is made at the first start, of AWS’s form, and kept', async (t) => {
    const dataDir = await dataDirectory(t);
    assert.throws(() => readAccountKey(dataDir, FIRST_ACCOUNT), { message: /has no key yet: start the server once/ });
    const { rootKey } = await open(dataDir);
    assert.match(rootKey.accessKeyId, /^AKIA[A-Z2-7]{16}$/);
    assert.match(rootKey.secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
    assert.deepEqual((await open(dataDir)).rootKey, rootKey);
    assert.deepEqual(readAccountKey(dataDir, FIRST_ACCOUNT), rootKey);
    assert.notDeepEqual((await open(await dataDirectory(t))).rootKey, rootKey);
  });

  test('can be read by its owner only, and leaves no draft behind', async (t) => {
    const dataDir = await dataDirectory(t);
    await open(dataDir);
    assert.equal((await stat(keyFile(dataDir))).mode & 0o777, 0o600);
    assert.equal((await stat(join(dataDir, 'identity'))).mode & 0o777, 0o700);
    assert.deepEqual(await readdir(join(dataDir, 'identity')), ['root-key.json']);
  });

  test('is one, although several start at once', async (t) => {
    const dataDir = await dataDirectory(t);
    const opened = await Promise.all(Array.from({ length: 20 }, () => open(dataDir)));
    const [first] = opened;
    for (const { rootKey } of opened) assert.deepEqual(rootKey, first?.rootKey);
  });

  for (const mode of [0o604, 0o640, 0o620, 0o644]) {
    test(`stops the start when its file has mode ${mode.toString(8)}, and says what to type`, async (t) => {
      const dataDir = await dataDirectory(t);
      await open(dataDir);
      await chmod(keyFile(dataDir), mode);
      const path = keyFile(dataDir);
      const text = `others can reach the root key: ${path} has mode ${mode.toString(8)}. Run \`chmod 600 ${path}\``;
      const isText = (error: Error) => error.message.startsWith(text);
      await assert.rejects(open(dataDir), isText);
      assert.throws(() => readAccountKey(dataDir, FIRST_ACCOUNT), isText);
      await chmod(path, 0o600);
      await open(dataDir);
    });
  }

  test('stops the start when others can reach its directory', async (t) => {
    const dataDir = await dataDirectory(t);
    await mkdir(join(dataDir, 'identity'));
    await chmod(join(dataDir, 'identity'), 0o750);
    await assert.rejects(open(dataDir), {
      message: /^others can reach the root key: .* has mode 750\. Run `chmod 700 /,
    });
    assert.deepEqual(await readdir(join(dataDir, 'identity')), [], 'no key was written there');
  });

  test('stops the start when it is broken, and is not replaced', async (t) => {
    const dataDir = await dataDirectory(t);
    await open(dataDir);
    const good = JSON.parse(await readFile(keyFile(dataDir), 'utf8'));
    for (const broken of [
      '',
      '{',
      'null',
      '[]',
      JSON.stringify({ ...good, form: 2 }),
      JSON.stringify({ ...good, accessKeyId: 'AKIA' }),
      JSON.stringify({ ...good, secretAccessKey: undefined }),
      JSON.stringify({ ...good, sessionSecret: 'AAAA' }),
    ]) {
      await writeFile(keyFile(dataDir), broken);
      await assert.rejects(
        open(dataDir),
        { message: /^the root key .* is broken \(.*\)\. Restore it from a backup/ },
        broken,
      );
      assert.equal(await readFile(keyFile(dataDir), 'utf8'), broken);
    }
  });
});

test('with relaxed authentication, no missing policy stands in a function’s way', async (t) => {
  const dataDir = await dataDirectory(t);
  const { issueRoleSession, authenticate } = await openIdentity({
    dataDir,
    mode: 'relaxed',
    clock: systemClock,
    log: openLog('silent'),
  });
  const roleArn = 'arn:aws:iam::000000000000:role/worker';
  const session = issueRoleSession({ roleArn, sessionName: 'fn', durationMs: 60_000, account: '000000000000' });
  const { principal, region, service } = authenticate({
    method: 'POST',
    url: '/',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${session.accessKeyId}/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=0`,
      'x-amz-security-token': session.sessionToken,
    },
    body: Buffer.alloc(0),
  });
  assert.deepEqual([region, service], ['eu-west-1', 'sqs']);
  assert.equal(principal.arn, 'arn:aws:sts::000000000000:assumed-role/worker/fn');
  assert.equal(principal.kind, 'relaxed');
});

test('with relaxed authentication, chunked bodies are decoded, whatever their signatures', async (t) => {
  const dataDir = await dataDirectory(t);
  const { authenticate } = await openIdentity({ dataDir, mode: 'relaxed', clock: systemClock, log: openLog('silent') });
  for (const form of ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER']) {
    const wire = `5;chunk-signature=${'0'.repeat(64)}\r\nhello\r\n0;chunk-signature=${'0'.repeat(64)}\r\n\r\n`;
    const headers = { 'x-amz-content-sha256': form };
    const { body, region } = authenticate({ method: 'PUT', url: '/b/k', headers, body: Buffer.from(wire) });
    assert.equal(region, 'us-east-1');
    assert.equal(await text(body ?? Readable.from([])), 'hello');
  }
});

test('who sends letters by SMTP is known by name and password, of accounts of this server alone', async (t) => {
  const dataDir = await dataDirectory(t);
  const { authenticateMail, rootKey } = await open(dataDir);
  const other = await addAccount(dataDir, '111122223333');
  const regions = () => ['us-east-1', 'eu-west-1'];
  const who = (username: string, password: string) => {
    const found = authenticateMail({ username, password }, regions);
    return found && [found.principal.account, found.region];
  };
  const password = smtpPassword(rootKey.secretAccessKey, 'eu-west-1');
  assert.deepEqual(who(rootKey.accessKeyId, password), [FIRST_ACCOUNT, 'eu-west-1']);
  assert.deepEqual(who(other.accessKeyId, smtpPassword(other.secretAccessKey, 'us-east-1')), [
    '111122223333',
    'us-east-1',
  ]);
  assert.equal(who(other.accessKeyId, password), undefined);
  assert.equal(who(rootKey.accessKeyId, rootKey.secretAccessKey), undefined);
  assert.equal(who('AKIAAAAAAAAAAAAAAAAA', password), undefined);
  assert.equal(who(rootKey.accessKeyId, smtpPassword(rootKey.secretAccessKey, 'us-west-2')), undefined);
  const relaxed = await openIdentity({ dataDir, mode: 'relaxed', clock: systemClock, log: openLog('silent') });
  const anybody = relaxed.authenticateMail({ username: '444455556666', password: 'any' }, regions);
  assert.equal(anybody?.principal.account, '444455556666');
});
