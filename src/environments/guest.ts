import type { SandboxPaths } from '../sandbox/sandbox.ts';
import type { Invocation } from './spec.ts';

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
  /** The code's directory on the host. */
  readonly codeDir: string;
}

/** Whoever owns the guest is told here. */
export interface GuestOwner {
  onInit(answer: InitAnswer): void;
  onAnswer(answer: GuestAnswer): void;
  /** The channel is closed: the guest has ended, or can no longer be reached. */
  onLost(): void;
}

/** The host's end of a channel to a runtime; two kinds, one behaviour. */
export interface Guest {
  /** Resolves when the runtime waits for a function. */
  readonly up: Promise<void>;
  own(owner: GuestOwner): void;
  init(start: GuestStart): void;
  /** Only after `onInit` said `done`, and one at a time. */
  invoke(invocation: Invocation, deadlineMs: number): void;
  close(): void;
}

/** AWS: 6 MiB and 100 bytes (lambda-facts 4.1). */
export const RESPONSE_BYTES_MAX = 6 * 1024 * 1024 + 100;
