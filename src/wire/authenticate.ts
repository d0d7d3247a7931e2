import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Principal } from './service.ts';

/** A request as it came over the wire, before anything was decoded: signatures cover the bytes, not their meaning. */
export interface AuthenticationRequest {
  readonly method: string;
  /** Raw path and query as received. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** `IncomingMessage.rawHeaders`: a header sent twice is signed as `a,b`, but Node joins it as `a, b`. */
  readonly rawHeaders?: readonly string[];
  /** The service (signing name) that the request must be scoped to, where host, target or path already tell. */
  readonly expectedService?: string;
  /** The whole body, or, for an operation with a streaming body, the stream that has not been read yet. */
  readonly body: Buffer | { readonly stream: Readable };
}

/** Who calls, and for which region and service the request was signed. */
export interface Authenticated {
  readonly principal: Principal;
  readonly region: string;
  readonly service: string;
  /** For a streaming body: the verified, de-chunked stream that replaces it. */
  readonly body?: Readable;
}

/** Checks a request's signature. Throws `AwsError` when it refuses; never waits, so that a request costs no turn. */
export type Authenticate = (request: AuthenticationRequest) => Authenticated;
