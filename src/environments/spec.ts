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
}

export interface Outcome {
  /** The answer, or the error's payload: JSON text, or whatever bytes a custom runtime chose. */
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
/** This machine has no room for another environment now. */
export class NoRoom extends Error {}
