import type { IncomingHttpHeaders } from 'node:http';
import type { ProtocolName, ServiceDefinition } from './service.ts';

/** A request's head, before anything of it is believed. */
export interface RequestHead {
  readonly method: string;
  /** Raw path, without the query. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: IncomingHttpHeaders;
}

const CBOR_PATH = /^\/service\/([^/]+)\/operation\/([^/]+)\/?$/;

/**
 * Which of the services a request means: the SigV4 scope says it, then the target, then the host (DESIGN section 3).
 * Several remain when services share a signing name, or when nothing said anything; paths and forms tell the rest.
 */
export function candidates(services: readonly ServiceDefinition[], head: RequestHead): readonly ServiceDefinition[] {
  const scope = scopedService(head);
  const scoped = scope === undefined ? services : services.filter(({ signingName }) => signingName === scope);
  const target = targetOf(head);
  if (target !== undefined) {
    const targeted = scoped.filter((service) => service.target === target.service);
    if (targeted.length > 0 || scope === undefined) return targeted;
  }
  if (scope !== undefined) return scoped;
  const host = head.headers.host ?? '';
  const hosted = services.filter((service) => namedByHost(service, host));
  return hosted.length > 0 ? hosted : services;
}

/** The service in the credential scope of the Authorization header or of a presigned URL. Nothing is verified here. */
export function scopedService({ headers, query }: RequestHead): string | undefined {
  const credential =
    /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1] ??
    query.find(([name]) => name === 'X-Amz-Credential')?.[1];
  return credential?.split('/').at(-2);
}

/** Service and operation, from `X-Amz-Target` or a CBOR path. */
export function targetOf({ headers, path }: RequestHead): { service: string; operation: string } | undefined {
  const header = headers['x-amz-target'];
  if (typeof header === 'string') {
    const dot = header.lastIndexOf('.');
    return { service: header.slice(0, Math.max(dot, 0)), operation: header.slice(dot + 1) };
  }
  const [, service, operation] = CBOR_PATH.exec(path) ?? [];
  return service === undefined || operation === undefined ? undefined : { service, operation };
}

/** The format in which a request is written, as far as the service takes it. */
export function protocolOf({ protocols }: ServiceDefinition, head: RequestHead): ProtocolName {
  const contentType = head.headers['content-type'] ?? '';
  const taken = (name: ProtocolName) => protocols.includes(name);
  if (head.headers['smithy-protocol'] === 'rpc-v2-cbor' && taken('rpcv2Cbor')) return 'rpcv2Cbor';
  if (head.headers['x-amz-target'] !== undefined) {
    const asked = contentType.startsWith('application/x-amz-json-1.0') ? 'awsJson1_0' : 'awsJson1_1';
    const json = taken(asked) ? asked : protocols.find((name) => name === 'awsJson1_0' || name === 'awsJson1_1');
    if (json !== undefined) return json;
  }
  if (taken('awsQuery') && (isForm(head) || head.query.some(([name]) => name === 'Action'))) return 'awsQuery';
  return protocols[0];
}

export function isForm({ headers }: RequestHead): boolean {
  return (headers['content-type'] ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded');
}

/** The bucket that a host names: `<bucket>.s3.…`, `<bucket>.s3-…`, `<bucket>.localhost`. */
export function hostBucket(host: string | undefined): string | undefined {
  const name = (host ?? '').replace(/:\d+$/, '');
  const virtual = /^(.+?)\.s3[.-]/i.exec(name)?.[1];
  if (virtual !== undefined || /^s3\./i.test(name)) return virtual;
  return /^(.+)\.localhost$/i.exec(name)?.[1];
}

/** `sqs.us-east-1.…`, `<bucket>.s3.…`. */
function namedByHost({ name, signingName, dialect }: ServiceDefinition, host: string): boolean {
  if (dialect === 's3' && hostBucket(host)) return true;
  const first = host.split(/[.:]/)[0]?.toLowerCase();
  return first === name || first === signingName;
}
