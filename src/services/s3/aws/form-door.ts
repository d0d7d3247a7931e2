import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { Clock } from '../../../lib/clock.ts';
import { hostBucket } from '../../../wire/identify.ts';
import type { Principal } from '../../../wire/service.ts';
import type { PolicyClaim, PolicySigner } from '../../../wire/sigv4/index.ts';
import type { S3 } from '../s3.ts';
import { boundaryOf } from './form-boundary.ts';

const require = createRequire(import.meta.url);
/** Loaded with the first form. */
const code = () => require('./post-object.ts') as typeof import('./post-object.ts');

export interface FormDoorPorts {
  readonly s3: () => S3;
  /** Throws S3's refusal. */
  readonly authenticatePolicy: (claim: PolicyClaim) => PolicySigner;
  /** Who posts a form without a policy. */
  readonly anybody: Principal;
  /** Throws unless the caller's policies and the bucket's let it put the object of this ARN. */
  readonly assertMayPut: (by: FormCaller, arn: string) => void;
  /** Whether the policy of another account's bucket lets it in. */
  readonly mayReach: (by: FormCaller, arn: string) => boolean;
  readonly clock: Clock;
  readonly newRequestId: () => string;
  writeError(response: ServerResponse, error: unknown, requestId: string): void;
}

export interface FormCaller {
  readonly principal: Principal;
  readonly headers: IncomingHttpHeaders;
  readonly sourceIp: string;
}

/**
 * Takes objects that browsers post as forms, by a policy which somebody with a key has signed ("Browser-based uploads using
 * POST", S3 API reference). Answers false for all other requests, which it leaves untouched.
 */
export function formDoor(ports: FormDoorPorts) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const { method, headers, url = '/' } = request;
    const boundary = boundaryOf(headers['content-type']);
    if (method !== 'POST' || boundary === undefined || headers.authorization !== undefined || url.includes('?')) {
      return false;
    }
    const name = hostBucket(headers.host) ?? /^\/([^/]+)\/?$/.exec(url)?.[1];
    if (name === undefined) return false;
    const requestId = ports.newRequestId();
    const left = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) left.abort(new Error('the client left'));
    });
    // Not destroyed when it is left early: the client is still to read why.
    const source = request.iterator({ destroyOnReturn: false });
    code()
      .postObject(ports, response, { request, name, boundary, source, requestId, signal: left.signal })
      .finally(() => source.return?.())
      .finally(() => request.resume());
    return true;
  };
}
