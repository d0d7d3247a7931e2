/** What an execution environment is made for: one version of one function. Environments of one `id` are interchangeable. */
export interface EnvironmentSpec {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly version: string;
  readonly functionArn: string;
  readonly roleArn: string;
  readonly runtime: string;
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly ephemeralMb: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly codeDigest: string;
  /** Digests of the layers' packages, in the order in which they are laid over each other. */
  readonly layerDigests: readonly string[];
  /** A published version with SnapStart: its hooks run. */
  readonly snapStart: boolean;
  readonly tracing: 'Active' | 'PassThrough';
  readonly logGroup: string;
  readonly customLogGroup: boolean;
  /** JSON logs, with the levels below which lines are left out; undefined: plain text. */
  readonly jsonLogging?: { readonly applicationLevel: string; readonly systemLevel: string } | undefined;
}

/** One run of a function. */
export interface Invocation {
  readonly requestId: string;
  /** JSON text; an empty request has become `{}` before it gets here. */
  readonly event: Buffer;
  readonly invokedArn: string;
  readonly traceId: string;
  /** JSON texts, as received. */
  readonly clientContext?: string | undefined;
  readonly cognitoIdentity?: string | undefined;
  /** Whether the caller wants the last 4 KB of the log with the answer. */
  readonly wantsTail: boolean;
  /** Takes a response piece by piece as it comes; without one it is gathered, up to the limit of a whole response. */
  readonly sink?: ResponseSink | undefined;
}

/** A caller that takes a response in pieces. A response that does not come as a stream is one piece. */
export interface ResponseSink {
  /** Once, before the first piece; not when the invocation fails before its response begins. */
  begin(contentType: string | undefined): void;
  /** False: no more for now, until the listener of `onDrain` is called. */
  write(piece: Buffer): boolean;
  /** The one listener, also called when the caller has left: what is written then is dropped. */
  onDrain(listener: () => void): void;
}

export interface Outcome {
  /** The answer, or the error's payload: JSON text, or whatever bytes a custom runtime chose. */
  /** Empty when a sink has taken the answer. The payload of an error is always here, also of one in mid-stream. */
  readonly payload: Buffer;
  readonly kind: 'answer' | 'function-error';
  readonly version: string;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly initMs: number | undefined;
  readonly maxMemoryMb: number;
  /** The last 4 KB of START, log, END and REPORT, if the invocation wanted it. */
  readonly tail: Buffer | undefined;
}

/** The platform could not run the function; not the function's fault. */
export class EnvironmentUnavailable extends Error {}
/** SnapStart: the hooks that follow a snapshot's restoring have failed, or taken too long. The function's log says how. */
export class NotRestored extends Error {
  readonly timedOut: boolean;
  constructor(timedOut: boolean) {
    super(timedOut ? 'the hooks after the restoring took too long' : 'a hook after the restoring failed');
    this.timedOut = timedOut;
  }
}
/** This machine has no room for another environment now. */
export class NoRoom extends Error {}
