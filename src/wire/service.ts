import type { IncomingHttpHeaders } from 'node:http';

/** Who calls, once the signature has been checked. */
export interface Principal {
  readonly accessKeyId: string;
  readonly account: string;
  /** `arn:aws:iam::<account>:root`, `arn:aws:sts::<account>:assumed-role/<role>/<session>`, … */
  readonly arn: string;
  /** The `UserId` of GetCallerIdentity. */
  readonly userId: string;
  readonly kind: 'root' | 'assumed-role' | 'relaxed';
}

/** What a handler knows of the request beside its input. */
export interface RequestContext {
  /** Lower-case UUID; also the response's `x-amzn-RequestId`. */
  readonly requestId: string;
  readonly region: string;
  readonly account: string;
  readonly principal: Principal;
  /** Aborts when the client leaves or the server stops. */
  readonly signal: AbortSignal;
  readonly headers: IncomingHttpHeaders;
  /** `http://host:port` as the client reached us: links in answers use it. */
  readonly origin: string;
}

/**
 * Answers one operation. Input and output are the SDK's own types; throws `AwsError` for AWS's refusals.
 * A streaming member is a `Readable`, a blob is a `Uint8Array`.
 */
export type Handler<Input, Output> = (input: Input, context: RequestContext) => Promise<Output> | Output;
