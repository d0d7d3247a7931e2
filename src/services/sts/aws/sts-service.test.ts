import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { functionSessionName, type Identity, openIdentity } from '../../../identity/index.ts';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { raw, serve } from '../../../wire/test-server.ts';
import { stsService } from './sts-service.ts';

const require = createRequire(import.meta.url);
const { STSClient, GetCallerIdentityCommand, AssumeRoleCommand } =
  require('@aws-sdk/client-sts') as typeof import('@aws-sdk/client-sts');

const HOUR_MS = 3_600_000;
const roleArn = 'arn:aws:iam::123456789012:role/service/worker';

interface Options {
  mode?: 'enforced' | 'relaxed';
  dataDir?: string;
  clock?: Clock;
}

/** A server that verifies with real keys, and a way to ask it who somebody is. */
async function start(t: TestContext, { mode = 'enforced', dataDir, clock = systemClock }: Options = {}) {
  const dir = dataDir ?? (await temporary(t));
  const identity = await openIdentity({ dataDir: dir, mode, accountId: '123456789012', clock });
  const server = await serve(t, [stsService()], { authenticate: identity.authenticate });
  const client = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) =>
    new STSClient({ endpoint: server.endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
  const whoIs = async (credentials: Parameters<typeof client>[0]) => {
    const { UserId, Account, Arn } = await client(credentials).send(new GetCallerIdentityCommand({}));
    return { UserId, Account, Arn };
  };
  return { dir, identity, server, client, whoIs };
}

async function temporary(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'lambent-sts-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const workerSession = (identity: Identity, durationMs = HOUR_MS) =>
  identity.issueRoleSession({
    roleArn,
    sessionName: functionSessionName('f'),
    durationMs,
    account: '123456789012',
  });

describe('GetCallerIdentity', () => {
  test('of the root key', async (t) => {
    const { identity, whoIs } = await start(t);
    assert.deepEqual(await whoIs(identity.rootKey), {
      UserId: '123456789012',
      Account: '123456789012',
      Arn: 'arn:aws:iam::123456789012:root',
    });
  });

  test('of a role’s session, whose path is left out', async (t) => {
    const { identity, whoIs } = await start(t);
    const session = workerSession(identity);
    assert.match(session.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
    assert.match(session.secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
    const { UserId = '', Account, Arn } = await whoIs(session);
    assert.equal(Account, '123456789012');
    assert.equal(Arn, 'arn:aws:sts::123456789012:assumed-role/worker/f@lambda_function');
    assert.match(UserId, /^AROA[A-Z2-7]{16}:f@lambda_function$/);
    const again = await whoIs(workerSession(identity));
    assert.equal(again.UserId, UserId, 'the role keeps its id');
  });

  test('is answered to old session credentials after a restart', async (t) => {
    const first = await start(t);
    const session = workerSession(first.identity);
    const second = await start(t, { dataDir: first.dir });
    assert.equal((await second.whoIs(session)).Account, '123456789012');
    const elsewhere = await start(t);
    await assert.rejects(elsewhere.whoIs(session), { name: 'InvalidClientTokenId' });
  });

  test('AssumeRole says that it is not there yet', async (t) => {
    const { identity, client, server } = await start(t);
    const assume = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'session' });
    await assert.rejects(client(identity.rootKey).send(assume), { message: /AssumeRole/ });
    assert.deepEqual(server.errors, []);
  });
});

describe('session credentials', () => {
  test('are refused from the very millisecond of their end', async (t) => {
    let shiftMs = 0;
    const clock = { ...systemClock, nowMs: () => nowMs + shiftMs };
    const nowMs = systemClock.nowMs();
    const { identity, whoIs } = await start(t, { clock });
    const session = workerSession(identity, 60_000);
    assert.equal(session.expirationMs, nowMs + 60_000);
    shiftMs = 59_999;
    await whoIs(session);
    shiftMs = 60_000;
    await assert.rejects(whoIs(session), (error: Error & { $metadata?: { httpStatusCode?: number } }) => {
      assert.equal(error.name, 'ExpiredToken');
      assert.equal(error.message, 'The security token included in the request is expired');
      assert.equal(error.$metadata?.httpStatusCode, 403);
      return true;
    });
  });

  test('are refused with any part exchanged', async (t) => {
    const { identity, whoIs } = await start(t);
    const session = workerSession(identity);
    const other = workerSession(identity);
    assert.notEqual(session.accessKeyId, other.accessKeyId);
    const { sessionToken: token } = session;
    const cases: [string, Parameters<typeof whoIs>[0], string][] = [
      ['another session’s token', { ...session, sessionToken: other.sessionToken }, 'InvalidClientTokenId'],
      ['another session’s key id', { ...session, accessKeyId: other.accessKeyId }, 'InvalidClientTokenId'],
      ['another session’s secret', { ...session, secretAccessKey: other.secretAccessKey }, 'SignatureDoesNotMatch'],
      ['no token', { ...session, sessionToken: undefined }, 'InvalidClientTokenId'],
      ['the root key’s id', { ...session, accessKeyId: identity.rootKey.accessKeyId }, 'InvalidClientTokenId'],
      ['the root key with a token', { ...identity.rootKey, sessionToken: token }, 'InvalidClientTokenId'],
      ['a token that is none', { ...session, sessionToken: 'token' }, 'InvalidClientTokenId'],
      ['a token cut short', { ...session, sessionToken: token.slice(0, -4) }, 'InvalidClientTokenId'],
      ['a token spelled otherwise', { ...session, sessionToken: `${token}=` }, 'InvalidClientTokenId'],
      ['a token without end', { ...session, sessionToken: 'A'.repeat(5_000) }, 'InvalidClientTokenId'],
      ['an empty seal', { ...session, sessionToken: Buffer.alloc(29, 1).toString('base64') }, 'InvalidClientTokenId'],
    ];
    for (let at = 0; at < token.length; at += 17) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      cases.push([`character ${at} changed`, { ...session, sessionToken: changed }, 'InvalidClientTokenId']);
    }
    for (const [what, credentials, name] of cases) await assert.rejects(whoIs(credentials), { name }, what);
  });

  test('tell nothing of the role to who does not hold the secret', async (t) => {
    const { identity } = await start(t);
    const bytes = Buffer.from(workerSession(identity).sessionToken, 'base64').toString('latin1');
    assert.ok(!bytes.includes('worker') && !bytes.includes('123456789012'));
  });
});

describe('relaxed authentication', () => {
  test('takes any key; twelve digits name the account', async (t) => {
    const { whoIs } = await start(t, { mode: 'relaxed' });
    for (const [accessKeyId, account] of [
      ['test', '123456789012'],
      ['000000000001', '000000000001'],
      ['0000000000011', '123456789012'],
      ['00000000000a', '123456789012'],
    ] as const) {
      assert.deepEqual(await whoIs({ accessKeyId, secretAccessKey: 'any' }), {
        UserId: account,
        Account: account,
        Arn: `arn:aws:iam::${account}:root`,
      });
    }
  });

  test('knows its own keys and sessions', async (t) => {
    const { identity, whoIs } = await start(t, { mode: 'relaxed' });
    assert.equal((await whoIs(identity.rootKey)).Arn, 'arn:aws:iam::123456789012:root');
    const session = workerSession(identity);
    assert.match((await whoIs(session)).Arn ?? '', /assumed-role\/worker\/f@lambda_function$/);
  });

  test('takes requests without any signature, or with half of one', async (t) => {
    const { server } = await start(t, { mode: 'relaxed' });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = 'Action=GetCallerIdentity&Version=2011-06-15';
    for (const headers of [
      form,
      { ...form, authorization: 'Bearer x' },
      { ...form, authorization: 'AWS4-HMAC-SHA256 Credential=' },
    ]) {
      const { status, body: answer } = await raw(server, { headers, body });
      assert.equal(status, 200);
      assert.match(answer, /<Account>123456789012<\/Account>/);
    }
  });

  test('is not how the server starts', async (t) => {
    const { server, whoIs } = await start(t);
    await assert.rejects(whoIs({ accessKeyId: 'test', secretAccessKey: 'test' }), {
      name: 'InvalidClientTokenId',
      message: 'The security token included in the request is invalid.',
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status, body } = await raw(server, { headers, body: 'Action=GetCallerIdentity&Version=2011-06-15' });
    assert.equal(status, 403);
    assert.match(body, /<Code>MissingAuthenticationToken<\/Code>/);
    assert.match(body, /<Message>Request is missing Authentication Token<\/Message>/);
  });
});
