import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Authenticate, AuthenticationRequest } from '../wire/authenticate.ts';
import type { Principal } from '../wire/service.ts';
import {
  createVerifier,
  dialectOf,
  type FoundKey,
  isVersion2Link,
  type Keyring,
  type PolicyClaim,
  type PolicySigner,
  policyVerifier,
  refusalToAws,
  unverifiedPayload,
  verifiedBody,
  verifyVersion2Link,
} from '../wire/sigv4/index.ts';
import { FIRST_ACCOUNT, openAccounts } from './accounts.ts';
import { DEFAULT_REGION, relaxedScope } from './relaxed-scope.ts';
import { type RoleCredentials, type RoleSessionRequest, roleSessions } from './role-session.ts';
import { openRootSecrets, type RootKey } from './root-key.ts';
import { regionOfSmtpPassword } from './smtp-password.ts';

export interface IdentityOptions {
  readonly dataDir: string;
  /** `relaxed`: any key is accepted and no signature is checked. See `relaxedRefusal`. */
  readonly mode: 'enforced' | 'relaxed';
  /** Of the first account: twelve digits; 000000000000 unless given. */
  readonly accountId?: string;
  readonly clock: Clock;
  /** Told of accounts whose keys cannot be used any more. */
  readonly log: Pick<Logger, 'error'>;
}

export interface Identity {
  /** The first account, which every data directory has, and its key. */
  readonly accountId: string;
  readonly rootKey: RootKey;
  readonly authenticate: Authenticate;
  /** Checks who signed the policy of a form that a browser posts to a bucket. Throws S3's refusal. */
  readonly authenticatePolicy: (claim: PolicyClaim) => PolicySigner;
  /** Who sends letters by SMTP, and in which of these regions; undefined: nobody that is known. */
  readonly authenticateMail: (
    given: { readonly username: string; readonly password: string },
    regions: (account: string) => readonly string[],
  ) => { readonly principal: Principal; readonly region: string } | undefined;
  /** Credentials that a role's session uses until they expire; they outlive a restart, and cannot be revoked yet. */
  issueRoleSession(request: RoleSessionRequest): RoleCredentials;
  /** Notices accounts that were removed, to be called now and then; a new one is noticed at its first request. */
  lookForAccounts(): void;
}

/** Opens the keys of a data directory; makes the first account's at the first start. Throws a text for the operator. */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const { dataDir, mode, clock, log, accountId = FIRST_ACCOUNT } = options;
  const { rootKey, sessionSecret } = await openRootSecrets(dataDir);
  const sessions = roleSessions(sessionSecret);
  const accounts = openAccounts(dataDir, clock, (error) => log.error({ err: error }, 'an account cannot be used'));
  const root = rootOf(accountId, rootKey);
  // Where any key is accepted, the accounts are those that the keys name.
  const exists = (account: string) => mode === 'relaxed' || account === accountId || accounts.has(account);

  const find: Keyring['find'] = (accessKeyId, sessionToken) => {
    if (accessKeyId === rootKey.accessKeyId) return sessionToken === undefined ? root : TOKEN_INVALID;
    if (sessionToken === undefined) {
      const owner = accounts.ownerOf(accessKeyId);
      return owner === undefined ? UNKNOWN_KEY : rootOf(owner.account, owner.key);
    }
    const session = sessions.open(sessionToken);
    if (session === undefined || session.accessKeyId !== accessKeyId) return TOKEN_INVALID;
    if (!exists(session.principal.account)) return TOKEN_INVALID;
    if (session.expirationMs <= clock.nowMs()) return TOKEN_EXPIRED;
    return { kind: 'found', secretAccessKey: session.secretAccessKey, principal: session.principal };
  };

  return {
    accountId,
    rootKey,
    authenticate: mode === 'enforced' ? enforced(find, clock) : relaxed(find, accountId),
    authenticatePolicy: mode === 'enforced' ? policyVerifier({ find }) : relaxedPolicy(find, accountId),
    authenticateMail({ username, password }, regions) {
      const owner = find(username, undefined);
      if (owner.kind === 'found') {
        const { principal, secretAccessKey } = owner;
        const region = regionOfSmtpPassword(secretAccessKey, password, regions(principal.account));
        if (region !== undefined) return { principal, region };
      }
      // As with any other key.
      return mode === 'relaxed'
        ? { principal: relaxedPrincipal(username, accountId), region: DEFAULT_REGION }
        : undefined;
    },
    issueRoleSession: (request) => sessions.issue(request, clock.nowMs()),
    lookForAccounts: accounts.look,
  };
}

function rootOf(account: string, { accessKeyId, secretAccessKey }: RootKey): Extract<FoundKey, { kind: 'found' }> {
  const arn = `arn:aws:iam::${account}:root`;
  return { kind: 'found', secretAccessKey, principal: { accessKeyId, account, arn, userId: account, kind: 'root' } };
}

const UNKNOWN_KEY = { kind: 'unknown-key' } as const;
const TOKEN_INVALID = { kind: 'token-invalid' } as const;
const TOKEN_EXPIRED = { kind: 'token-expired' } as const;

function enforced(find: Keyring['find'], clock: Clock): Authenticate {
  const verify = createVerifier({ find }, clock);
  return (request) => {
    // Only S3 has such links; they name no region.
    if (request.expectedService === 's3' && isVersion2Link(request)) {
      return { principal: verifyVersion2Link(request, { find }, clock), region: DEFAULT_REGION, service: 's3' };
    }
    // A bucket's policy may let anybody in.
    if (request.expectedService === 's3' && isUnsigned(request)) {
      return { principal: ANYBODY, region: DEFAULT_REGION, service: 's3' };
    }
    const { principal, region, service, payload, seed } = verify(request);
    if (payload.kind === 'settled') return { principal, region, service };
    return { principal, region, service, body: verifiedBody(request, payload, seed) };
  };
}

/** Who does not say who he is. */
export const ANYBODY: Principal = { accessKeyId: '', account: '', arn: '', userId: 'Anonymous', kind: 'anonymous' };

function isUnsigned({ headers, url }: AuthenticationRequest): boolean {
  return headers.authorization === undefined && !/[?&](?:X-Amz-|AWSAccessKeyId=|Signature=)/i.test(url);
}

/** As emulators do: whoever comes is let in, and the access key may name the account. */
function relaxed(find: Keyring['find'], accountId: string): Authenticate {
  return (request) => {
    const { accessKeyId, sessionToken, region, service } = relaxedScope(request);
    if (!REGION_TEXT.test(region)) throw noRegion(request, service);
    const owner = find(accessKeyId, sessionToken);
    const principal = owner.kind === 'found' ? relaxedly(owner.principal) : relaxedPrincipal(accessKeyId, accountId);
    return { principal, region, service, body: relaxedBody(request) };
  };
}

function relaxedPolicy(find: Keyring['find'], accountId: string): Identity['authenticatePolicy'] {
  return ({ credential, sessionToken }) => {
    const [accessKeyId = '', , region = ''] = credential.split('/');
    const owner = find(accessKeyId, sessionToken);
    const principal = owner.kind === 'found' ? relaxedly(owner.principal) : relaxedPrincipal(accessKeyId, accountId);
    return { principal, region };
  };
}

/** Suites make regions up; what cannot stand in an ARN or a record's key is none. */
const REGION_TEXT = /^[A-Za-z0-9][\w.-]{0,63}$/;

function noRegion({ expectedService, headers, url }: AuthenticationRequest, service: string) {
  const form = url.includes('X-Amz-Credential') ? 'query' : 'header';
  const refusal = { kind: 'wrong-scope', problems: [{ kind: 'region', got: '' }], form } as const;
  return refusalToAws(refusal, dialectOf(expectedService ?? service, headers));
}

/** A function's role keeps its name, but no policy stands in its way: the suites never wrote any. */
function relaxedly(principal: Principal): Principal {
  return { ...principal, kind: 'relaxed' };
}

function relaxedPrincipal(accessKeyId: string, accountId: string): Principal {
  const account = /^\d{12}$/.test(accessKeyId) ? accessKeyId : accountId;
  return { accessKeyId, account, arn: `arn:aws:iam::${account}:root`, userId: account, kind: 'relaxed' };
}

function relaxedBody(request: AuthenticationRequest) {
  return verifiedBody(request, unverifiedPayload(request), undefined);
}
