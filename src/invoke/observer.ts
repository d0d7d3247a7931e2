import type { Outcome } from '../environments/spec.ts';
import type { Admission } from './concurrency.ts';

/** What observers are told of an invocation: what was asked for, and which version runs. */
export interface ObservedInvocation extends Admission {
  readonly runnable: Admission['runnable'] & { readonly name: string; readonly version: string };
  /** With the qualifier that the caller gave. */
  readonly invokedArn: string;
}

/** Whoever counts invocations. It is called for each of them, and must cost next to nothing. */
export interface InvocationObserver {
  /** It was refused for want of a place. */
  throttled(of: ObservedInvocation): void;
  /** It has its place. What is answered is told of its end, once; nothing if it was never run. */
  began(of: ObservedInvocation, onProvisioned: boolean): { ended(outcome: Outcome | undefined): void };
}
