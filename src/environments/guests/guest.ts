import type { SandboxPaths } from '../../sandbox/sandbox.ts';
import type { Invocation } from '../spec.ts';

/** What a guest says of one invocation. `fatal`: the runtime is going down, the environment cannot be used again. */
export type GuestAnswer =
  | { kind: 'response'; payload: Buffer }
  | { kind: 'response-too-large' }
  | { kind: 'error'; payload: Buffer; errorType: string | undefined }
  | { kind: 'fatal'; payload: Buffer; errorType: string | undefined };

export type InitAnswer =
  | { kind: 'done' }
  | { kind: 'error'; payload: Buffer }
  /** There is no program to start, or it cannot be one. */
  | { kind: 'no-entrypoint'; problem: string };

export interface GuestStart {
  readonly handler: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly paths: SandboxPaths;
  /** The code's directory on the host, and that of the merged layers. */
  readonly codeDir: string;
  readonly optDir: string | undefined;
  /** The shell script that a sandbox which was started without its interpreter waits for (`guest/launch/launch.sh`). */
  readonly launchScript: string | undefined;
  /** Whether `restore` will follow: SnapStart's hooks run (`BeforeCheckpoint` as the last part of the init). */
  readonly snapStart: boolean;
}

/** Whoever owns the guest is told here. */
export interface GuestOwner {
  onInit(answer: InitAnswer): void;
  /** The after-restore hooks have run; or failed with this payload. */
  onRestored(error: Buffer | undefined): void;
  /**
   * Instead of an answer, a response that comes in pieces: one start, any number of pieces, one end. A fatal answer takes
   * the place of the end when the runtime cannot go on.
   */
  onStreamStart(contentType: string | undefined): void;
  onStreamPiece(piece: Buffer): void;
  /** `error`: the payload of what broke it off. */
  onStreamEnd(error: { payload: Buffer; errorType: string | undefined } | undefined): void;
  onAnswer(answer: GuestAnswer): void;
  /** After the answer or the stream's end: the runtime waits for the next invocation. May come in the same turn. */
  onReady(): void;
  /** The channel is closed: the guest has ended, or can no longer be reached. */
  onLost(): void;
}

/** The host's end of a channel to a runtime; two kinds, one behaviour. */
export interface Guest {
  /** Resolves when the runtime waits for a function; in a sandbox without its interpreter, when the sandbox does. */
  readonly up: Promise<void>;
  own(owner: GuestOwner): void;
  /** An `init` follows at once: a process that has slept in the warm pool wakes up while that is prepared. */
  wake(): void;
  init(start: GuestStart): void;
  /** Runs the after-restore hooks, once, between `onInit` and the first invocation. Only after an init with `snapStart`. */
  restore(): void;
  /** Only after `onInit` said `done`, and one at a time. */
  invoke(invocation: Invocation, deadlineMs: number): void;
  /** Takes no more of a response for now: the runtime waits when the channel is full. And goes on. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** AWS: 6 MiB and 100 bytes (lambda-facts 4.1). */
export const RESPONSE_BYTES_MAX = 6 * 1024 * 1024 + 100;
/** AWS: default quota of a streamed response, 200 MB. */
export const STREAM_BYTES_MAX = 200 * 1024 * 1024;
