import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { functionSessionName, type Identity, openIdentity } from '../../../identity/index.ts';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { openLog } from '../../../lib/log.ts';
import { raw, serve } from '../../../wire/test-server.ts';
import { assertPathsLead } from '../../../wire/testing/constraint-paths.ts';
import { noting } from '../../../wire/testing/seen-answers.ts';
import type { AssumableRole } from '../assume-role.ts';
import { ASSUME_ROLE_CONSTRAINTS } from './assume-role.ts';
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
  roles?: Record<string, AssumableRole>;
  existence?: 'checked' | 'unchecked';
}

/** A server that verifies with real keys, and a way to ask it who somebody is. */
async function start(t: TestContext, options: Options = {}) {
  const { mode = 'enforced', dataDir, clock = systemClock, roles: stored = {}, existence = 'unchecked' } = options;
  const dir = dataDir ?? (await temporary(t));
  const identity = await openIdentity({ dataDir: dir, mode, accountId: '123456789012', clock, log: openLog('silent') });
  const roles = { find: (arn: string) => stored[arn], existence } as const;
  const sts = stsService({
    roles,
    issueRoleSession: identity.issueRoleSession,
    judge: ({ principal }) => (principal.kind === 'assumed-role' ? 'silent' : 'allowed'),
  });
  const server = await serve(t, [sts], { authenticate: identity.authenticate });
  const client = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) =>
    new STSClient(
      noting({
        endpoint: server.endpoint,
        region: 'eu-west-1',
        credentials,
        maxAttempts: 1,
        // A client whose clock is minutes away from the server's is refused for that.
        systemClockOffset: clock.nowMs() - Date.now(),
      }),
    );
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
    assert.match(UserId, /^AROA[A-Z2-7]{17}:f@lambda_function$/);
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

const ACCOUNT = '123456789012';
const STRANGER = '999999999999';
const assumed = 'arn:aws:iam::123456789012:role/team/deployer';

/** A role whose trust policy has these statements, each an allowance of AssumeRole unless it says otherwise. */
function trusting(...statements: object[]): AssumableRole {
  const Statement = statements.map((one) => ({ Effect: 'Allow', Action: 'sts:AssumeRole', ...one }));
  return {
    id: 'AROAAAAAAAAAAAAAAAAAA',
    trustPolicy: JSON.stringify({ Version: '2012-10-17', Statement }),
    sessionSecondsMax: 7_200,
  };
}

const principal = (...names: string[]) => ({ Principal: { AWS: names } });
const root = (account: string) => `arn:aws:iam::${account}:root`;

/** Assumes `assumed` as whoever has the credentials; the credentials, or the error. */
async function assume(
  server: Awaited<ReturnType<typeof start>>,
  credentials: Parameters<typeof server.client>[0],
  input: Partial<ConstructorParameters<typeof AssumeRoleCommand>[0]> = {},
) {
  const { Credentials, AssumedRoleUser, ...rest } = await server
    .client(credentials)
    .send(new AssumeRoleCommand({ RoleArn: assumed, RoleSessionName: 'session', ...input }));
  assert.ok(Credentials?.AccessKeyId && Credentials.SecretAccessKey && Credentials.SessionToken);
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = Credentials;
  return { accessKeyId, secretAccessKey, sessionToken, expiration: Credentials.Expiration, AssumedRoleUser, rest };
}

const denied = (arn: string, roleArn = assumed) => ({
  name: 'AccessDenied',
  message: `User: ${arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
});

describe('AssumeRole', () => {
  test('every path of its constraints leads to a member', () =>
    assertPathsLead(ASSUME_ROLE_CONSTRAINTS, require('@aws-sdk/client-sts')));

  test('answers credentials of the role, which say who they are and until when', async (t) => {
    const roles = { [assumed]: trusting(principal(root(ACCOUNT))) };
    const server = await start(t, { roles });
    const beforeMs = Date.now();
    const session = await assume(server, server.identity.rootKey, { DurationSeconds: 900 });
    const Arn = 'arn:aws:sts::123456789012:assumed-role/deployer/session';
    assert.deepEqual(session.AssumedRoleUser, { AssumedRoleId: 'AROAAAAAAAAAAAAAAAAAA:session', Arn });
    assert.deepEqual(Object.keys(session.rest), ['$metadata']);
    const endMs = session.expiration?.getTime() ?? 0;
    assert.equal(endMs % 1_000, 0);
    assert.ok(endMs > beforeMs + 898_000 && endMs <= Date.now() + 900_000);
    assert.deepEqual(await server.whoIs(session), { UserId: 'AROAAAAAAAAAAAAAAAAAA:session', Account: ACCOUNT, Arn });
  });

  test('answers credentials that end', async (t) => {
    let shiftMs = 0;
    const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + shiftMs };
    const server = await start(t, { clock });
    const session = await assume(server, server.identity.rootKey);
    shiftMs = 3_590_000;
    await server.whoIs(session);
    shiftMs = 3_610_000;
    await assert.rejects(server.whoIs(session), { name: 'ExpiredToken' });
  });

  test('takes roles that do not exist, unless they are checked', async (t) => {
    const lenient = await start(t);
    const session = await assume(lenient, lenient.identity.rootKey);
    assert.match(session.AssumedRoleUser?.AssumedRoleId ?? '', /^AROA[A-Z2-7]{17}:session$/);
    const RoleArn = assumed.replace(ACCOUNT, STRANGER);
    const another = assume(lenient, lenient.identity.rootKey, { RoleArn });
    await assert.rejects(another, denied(root(ACCOUNT), RoleArn), 'not another account’s');
    const user = assume(lenient, lenient.identity.rootKey, { RoleArn: 'arn:aws:iam::123456789012:user/someone' });
    await assert.rejects(user, { name: 'AccessDenied' }, 'nor what is no role');
    const strict = await start(t, { existence: 'checked' });
    await assert.rejects(assume(strict, strict.identity.rootKey), denied(root(ACCOUNT)));
  });

  test('heeds the trust policy: whom it names', async (t) => {
    const cases: [string, object[], boolean][] = [
      ['its account by number', [principal(ACCOUNT)], true],
      ['its account by ARN', [principal('999999999999', root(ACCOUNT))], true],
      ['everybody', [principal('*')], true],
      ['everybody, in short', [{ Principal: '*' }], true],
      ['all ways to assume', [{ ...principal(ACCOUNT), Action: ['sts:TagSession', 'sts:AssumeRole*'] }], true],
      ['a service', [{ Principal: { Service: 'lambda.amazonaws.com' } }], false],
      ['another account', [principal(root(STRANGER))], false],
      ['a user', [principal('arn:aws:iam::123456789012:user/someone')], false],
      ['another action', [{ ...principal(ACCOUNT), Action: 'sts:AssumeRoleWithSAML' }], false],
      ['it, and refuses it', [principal(ACCOUNT), { ...principal('*'), Effect: 'Deny' }], false],
      ['it, and refuses another', [principal(ACCOUNT), { ...principal(STRANGER), Effect: 'Deny' }], true],
      ['it, on a condition', [{ ...principal('*'), Condition: { Bool: { 'aws:SecureTransport': 'false' } } }], false],
      [
        'it, and refuses it on a condition',
        [
          principal(ACCOUNT),
          { ...principal('*'), Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'x' } } },
        ],
        false,
      ],
    ];
    for (const [what, statements, isLetIn] of cases) {
      const server = await start(t, { roles: { [assumed]: trusting(...statements) }, existence: 'checked' });
      const answer = assume(server, server.identity.rootKey);
      if (isLetIn) await answer;
      else await assert.rejects(answer, denied(root(ACCOUNT)), what);
    }
  });

  test('heeds the trust policy: the external id', async (t) => {
    const Condition = { StringEquals: { 'sts:ExternalId': ['one', 'two'] } };
    const server = await start(t, { roles: { [assumed]: trusting({ ...principal('*'), Condition }) } });
    for (const ExternalId of ['one', 'two']) await assume(server, server.identity.rootKey, { ExternalId });
    for (const ExternalId of ['three', undefined]) {
      await assert.rejects(assume(server, server.identity.rootKey, { ExternalId }), { name: 'AccessDenied' });
    }
  });

  test('lets another account in that the trust policy names', async (t) => {
    const roles = { [assumed]: trusting(principal(root('000000000002'))) };
    const server = await start(t, { mode: 'relaxed', roles });
    const key = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: 'any' });
    const session = await assume(server, key('000000000002'));
    assert.equal((await server.whoIs(session)).Account, ACCOUNT, 'the session is of the role’s account');
    await assert.rejects(assume(server, key('000000000003')), denied(root('000000000003')));
    await assert.rejects(assume(server, key(ACCOUNT)), denied(root(ACCOUNT)), 'its own account was not named');
  });

  test('lets a session in whose role the trust policy names, for an hour at most', async (t) => {
    const open = (...names: string[]) => start(t, { roles: { [assumed]: trusting(principal(...names)) } });
    const sessionArn = 'arn:aws:sts::123456789012:assumed-role/worker/f@lambda_function';
    for (const name of [roleArn, sessionArn, '*']) {
      const server = await open(name);
      const chained = await assume(server, workerSession(server.identity), { DurationSeconds: 3_600 });
      assert.match((await server.whoIs(chained)).Arn ?? '', /assumed-role\/deployer\/session$/);
      const tooLong = assume(server, workerSession(server.identity), { DurationSeconds: 3_601 });
      await assert.rejects(tooLong, {
        name: 'ValidationError',
        message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
      });
    }
    // To be named with its whole account is not enough: that takes a permission of its own.
    for (const name of [ACCOUNT, 'arn:aws:iam::123456789012:role/workers', 'arn:aws:iam::999999999999:role/worker']) {
      const server = await open(name);
      await assert.rejects(assume(server, workerSession(server.identity)), denied(sessionArn), name);
    }
    // Another account's trust is not enough either.
    const foreign = assumed.replace(ACCOUNT, STRANGER);
    const abroad = await start(t, { roles: { [foreign]: trusting(principal(roleArn, sessionArn, '*')) } });
    const crossing = assume(abroad, workerSession(abroad.identity), { RoleArn: foreign });
    await assert.rejects(crossing, denied(sessionArn, foreign));
    const elsewhere = await open(roleArn);
    const made = assume(elsewhere, workerSession(elsewhere.identity), { RoleArn: `${assumed}-made-up` });
    await assert.rejects(made, { name: 'AccessDenied' });
  });

  test('says what is wrong with a request', async (t) => {
    const server = await start(t, { roles: { [assumed]: trusting(principal(ACCOUNT)) } });
    const { rootKey } = server.identity;
    const constraint = (value: string, path: string, text: string) =>
      `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: Member must ${text}`;
    const cases: [Parameters<typeof assume>[2], string][] = [
      [{ RoleArn: 'nothing-valid-in-here' }, 'nothing-valid-in-here is invalid'],
      [{ RoleArn: 'arn::b:::something/test-role' }, 'arn::b:::something/test-role is invalid'],
      [{ RoleArn: 'arn:a::::something/test-role' }, 'arn:a::::something/test-role is invalid'],
      [{ RoleArn: 'arn:a:::something/test-role' }, 'arn:a:::something/test-role is invalid'],
      [{ RoleArn: 'arn:a:a::aaaaaaaaaa:' }, 'arn:a:a::aaaaaaaaaa: is invalid'],
      [{ RoleArn: 'a'.repeat(19) }, constraint('a'.repeat(19), 'roleArn', 'have length greater than or equal to 20')],
      [{ RoleSessionName: 's' }, constraint('s', 'roleSessionName', 'have length greater than or equal to 2')],
      [
        { RoleSessionName: 's'.repeat(65) },
        constraint('s'.repeat(65), 'roleSessionName', 'have length less than or equal to 64'),
      ],
      [
        { RoleSessionName: 'Session1:2' },
        constraint('Session1:2', 'roleSessionName', 'satisfy regular expression pattern: [\\w+=,.@-]*'),
      ],
      [{ DurationSeconds: 899 }, constraint('899', 'durationSeconds', 'have value greater than or equal to 900')],
      [{ DurationSeconds: 43_201 }, constraint('43201', 'durationSeconds', 'have value less than or equal to 43200')],
      [{ DurationSeconds: 7_201 }, 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'],
      [
        { RoleArn: undefined },
        "1 validation error detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
      ],
    ];
    for (const [input, message] of cases) {
      await assert.rejects(assume(server, rootKey, input), { name: 'ValidationError', message });
    }
    await assume(server, rootKey, { DurationSeconds: 7_200, RoleSessionName: 's'.repeat(64) });
    await assume(server, rootKey, { RoleSessionName: 's@' });
    await assert.rejects(assume(server, rootKey, { Policy: '{}' }), {
      name: 'NotImplemented',
      message: 'Lambent does not support Policy of AssumeRole yet.',
    });
    await assume(server, rootKey, { PolicyArns: [], Tags: [] });
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

  test('takes regions that suites make up, and none that cannot be one', async (t) => {
    const { server } = await start(t, { mode: 'relaxed' });
    const ask = (region: string) => {
      const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/sts/aws4_request, SignedHeaders=host, Signature=0`;
      const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization };
      return raw(server, { headers, body: 'Action=GetCallerIdentity&Version=2011-06-15' });
    };
    for (const region of ['', 'local', 'Test_1', 'us-gov-west-1', 'x'.repeat(64)])
      assert.equal((await ask(region)).status, 200);
    for (const region of ['..', 'a:b', 'a%2Fb', 'é', 'x'.repeat(65)]) {
      const { status, body } = await ask(region);
      assert.equal(status, 403, region);
      assert.match(body, /Credential should be scoped to a valid region\./, region);
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
