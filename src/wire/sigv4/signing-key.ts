import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

export interface CredentialScope {
  /** `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** The key that signs one day's requests to one service in one region. As a KeyObject, or each use pays for its import. */
export function signingKey(secretAccessKey: string, scope: CredentialScope): KeyObject {
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
  for (const part of [scope.date, scope.region, scope.service, 'aws4_request']) {
    key = createHmac('sha256', key).update(part).digest();
  }
  return createSecretKey(key);
}

export function scopeText(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}
