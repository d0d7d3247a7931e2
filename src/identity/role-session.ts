import { createCipheriv, createDecipheriv, createHmac, hash, hkdfSync, randomBytes } from 'node:crypto';
import { Recent } from '../lib/recent.ts';
import type { Principal } from '../wire/service.ts';
import { accessKeyId, entityId, secretAccessKey } from './access-key.ts';

// Credentials of a role's session, without a store: the session token carries, sealed, whose session it is and until
// when; key id and secret are derived from the token. So they outlive a restart, and verifying one is a look-up.

export interface RoleSessionRequest {
  readonly roleArn: string;
  /** 2 to 64 characters of `[\w+=,.@-]`. */
  readonly sessionName: string;
  readonly durationMs: number;
  readonly account: string;
  /** `AROA…`; undefined for a role that does not exist, which gets one that is always the same for the same ARN. */
  readonly roleId?: string | undefined;
}

export interface RoleCredentials {
  /** `ASIA…` */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expirationMs: number;
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>` */
  readonly arn: string;
  /** `AROA…:<session>` */
  readonly userId: string;
}

export interface RoleSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly principal: Principal;
  readonly expirationMs: number;
}

export interface RoleSessions {
  issue(request: RoleSessionRequest, nowMs: number): RoleCredentials;
  /** The session of a token that we issued, expired or not; undefined for any other text. */
  open(sessionToken: string): RoleSession | undefined;
}

interface Claims {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly account: string;
  readonly roleId?: string | undefined;
  readonly expirationMs: number;
}

/** The form of the sealed text; it is authenticated, so that an old token is never read by new rules. */
const FORM = Buffer.from([1]);
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const TOKEN_CHARACTERS_MAX = 4_096;
const OPENED_MAX = 8_192;

/** `secret`: 32 bytes that outlive restarts. */
export function roleSessions(secret: Uint8Array): RoleSessions {
  const sealingKey = derive(secret, 'seal session tokens');
  const secretsKey = derive(secret, 'derive session secrets');
  const opened = new Recent<RoleSession>(OPENED_MAX);

  const seal = (claims: Claims): string => {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(FORM);
    const sealed = Buffer.concat([cipher.update(JSON.stringify(claims), 'utf8'), cipher.final()]);
    return Buffer.concat([FORM, nonce, cipher.getAuthTag(), sealed]).toString('base64');
  };

  const unseal = (token: string): Claims | undefined => {
    const bytes = Buffer.from(token, 'base64');
    if (bytes.length <= 1 + NONCE_BYTES + TAG_BYTES || bytes[0] !== FORM[0]) return undefined;
    const tagAt = 1 + NONCE_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', sealingKey, bytes.subarray(1, tagAt), { authTagLength: TAG_BYTES })
      .setAAD(FORM)
      .setAuthTag(bytes.subarray(tagAt, tagAt + TAG_BYTES));
    try {
      const text = Buffer.concat([decipher.update(bytes.subarray(tagAt + TAG_BYTES)), decipher.final()]);
      // SAFE: only `seal` can have made what the seal authenticates.
      return JSON.parse(text.toString('utf8')) as Claims;
    } catch {
      return undefined; // Not sealed by us: an unknown token is an answer, not a failure.
    }
  };

  const keysOf = (token: string) => {
    const bytes = createHmac('sha512', secretsKey).update(token).digest();
    return { accessKeyId: accessKeyId('ASIA', bytes.subarray(30)), secretAccessKey: secretAccessKey(bytes) };
  };

  return {
    issue: ({ roleArn, sessionName, durationMs, account, roleId }, nowMs) => {
      const expirationMs = nowMs + durationMs;
      const claims: Claims = { roleArn, sessionName, account, roleId, expirationMs };
      const sessionToken = seal(claims);
      const keys = keysOf(sessionToken);
      const { arn, userId } = principalOf(claims, keys.accessKeyId);
      return { ...keys, sessionToken, expirationMs, arn, userId };
    },
    open: (sessionToken) => {
      const known = opened.get(sessionToken);
      if (known !== undefined) return known;
      if (sessionToken.length > TOKEN_CHARACTERS_MAX) return undefined;
      const claims = unseal(sessionToken);
      if (claims === undefined) return undefined;
      const keys = keysOf(sessionToken);
      const session = { ...keys, principal: principalOf(claims, keys.accessKeyId), expirationMs: claims.expirationMs };
      opened.set(sessionToken, session);
      return session;
    },
  };
}

/** A session's name for a function's own credentials: role sessions need two characters (lambda-facts 7.4). */
export function functionSessionName(functionName: string): string {
  return functionName.length === 1 ? `${functionName}@lambda_function` : functionName;
}

function principalOf(claims: Claims, keyId: string): Principal {
  const { roleArn, sessionName, account } = claims;
  // A role's path is no part of its sessions' ARNs.
  const roleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  const roleId = claims.roleId ?? entityId('AROA', hash('sha256', roleArn, 'buffer'));
  return {
    accessKeyId: keyId,
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`,
    userId: `${roleId}:${sessionName}`,
    kind: 'assumed-role',
  };
}

function derive(secret: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), purpose, 32));
}
