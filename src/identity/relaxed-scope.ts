import type { AuthenticationRequest } from '../wire/authenticate.ts';

export interface RelaxedScope {
  /** The empty string when the request names none. */
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  readonly region: string;
  /** Signing name; the empty string when the request names none: then target, host or path must tell. */
  readonly service: string;
}

export const DEFAULT_REGION = 'us-east-1';
const IN_HEADER = /Credential=([^\s,]*)/;

/** What a request's credential names, read without checking anything: test suites send all kinds. */
export function relaxedScope(request: AuthenticationRequest): RelaxedScope {
  const { headers, url } = request;
  const header = headers.authorization;
  const query = header === undefined && url.includes('X-Amz-') ? url.slice(url.indexOf('?') + 1) : undefined;
  const parameters = query === undefined ? undefined : new URLSearchParams(query);
  const credential = (header === undefined ? parameters?.get('X-Amz-Credential') : IN_HEADER.exec(header)?.[1]) ?? '';
  const [accessKeyId = '', , region, service = ''] = credential.split('/');
  const token = headers['x-amz-security-token'] ?? parameters?.get('X-Amz-Security-Token') ?? undefined;
  return {
    accessKeyId,
    sessionToken: Array.isArray(token) ? token[0] : token,
    region: region || DEFAULT_REGION,
    service,
  };
}
