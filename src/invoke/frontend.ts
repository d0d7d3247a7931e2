import {
  type EnvironmentSpec,
  EnvironmentUnavailable,
  type Invocation,
  NoRoom,
  NotRestored,
  type Outcome,
  type ResponseSink,
} from '../environments/spec.ts';
import type { FunctionDirectory, Runnable } from '../functions/runnable.ts';
import type { Counting } from './concurrency.ts';
import { enter, ROUNDS_MAX } from './lineage.ts';
import type { InvocationObserver } from './observer.ts';
import { EMPTY_EVENT, EVENT_BYTES_MAX, jsonFault, PAYLOAD_BYTES_MAX } from './payload.ts';
import type { InvokeRefusal } from './refusal.ts';

export interface InvokeRequest {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly qualifier: string | undefined;
  readonly type: 'RequestResponse' | 'DryRun' | 'Event';
  readonly payload: Buffer;
  readonly requestId: string;
  readonly traceId: string;
  /** JSON texts. */
  readonly clientContext: string | undefined;
  readonly cognitoIdentity: string | undefined;
  readonly wantsTail: boolean;
  /** Of an event: one of this name that was accepted within the last minutes is the same one, and is run once. */
  readonly once?: string | undefined;
  /** Opens what takes the response piece by piece, for the version that runs. Not opened for what is refused. */
  readonly sink?: (version: string) => ResponseSink;
}

export type InvokeResult =
  | { kind: 'ran'; outcome: Outcome }
  /** An event that is durable, and will be run. */
  | { kind: 'accepted' }
  | { kind: 'dry-run' }
  | { kind: 'refused'; refusal: InvokeRefusal };

/** Runs what has been admitted. */
export interface Runner {
  invoke(spec: EnvironmentSpec, invocation: Invocation): Promise<Outcome>;
}

/** Takes events that are run later. Resolves once they are durable. */
export interface EventAcceptor {
  accept(request: InvokeRequest, invokedArn: string): Promise<void>;
}

/**
 * Accepts an invoke: finds the version, checks the payload, counts, runs; or puts it into the event queue. Never rejects for
 * what AWS has an answer to.
 */
export function frontend(parts: {
  functions: FunctionDirectory;
  environments: Runner;
  counting: Counting;
  events: EventAcceptor;
  observer: InvocationObserver;
  /** An invocation was refused because the function goes round in a loop. */
  onLoop: (runnable: Runnable, requestId: string) => void;
}) {
  const { functions, environments, counting, events, observer, onLoop } = parts;

  return async (request: InvokeRequest): Promise<InvokeResult> => {
    const { payload } = request;
    const bytesMax = request.type === 'Event' ? EVENT_BYTES_MAX : PAYLOAD_BYTES_MAX;
    if (payload.length > bytesMax) {
      return refused({ kind: 'payload-too-large', type: request.type, bytes: payload.length, bytesMax });
    }
    const resolved = functions.resolve(request, request.name, request.qualifier);
    if (resolved.kind !== 'found') return refused(resolved);
    const fault = payload.length === 0 ? undefined : jsonFault(payload);
    if (fault !== undefined) return refused({ kind: 'payload-not-json', reason: fault });
    if (request.type === 'DryRun') return { kind: 'dry-run' };
    if (request.type === 'Event') {
      await events.accept(request, resolved.invokedArn);
      return { kind: 'accepted' };
    }

    const { traceId, rounds } = enter(request.traceId, resolved.runnable.functionArn);
    if (rounds > ROUNDS_MAX && resolved.recursion === 'terminate') {
      onLoop(resolved.runnable, request.requestId);
      return refused({ kind: 'recursive', rounds });
    }
    const admitted = counting.admit(resolved);
    if (typeof admitted === 'string') {
      observer.throttled(resolved);
      return refused({ kind: 'throttled', reason: admitted });
    }
    using place = admitted;
    const observed = observer.began(resolved, place.onProvisioned);
    let outcome: Outcome | undefined;
    try {
      outcome = await environments.invoke(resolved.runnable, {
        requestId: request.requestId,
        event: payload.length === 0 ? EMPTY_EVENT : payload,
        invokedArn: resolved.invokedArn,
        traceId,
        clientContext: request.clientContext,
        cognitoIdentity: request.cognitoIdentity,
        wantsTail: request.wantsTail,
        sink: request.sink?.(resolved.runnable.version),
      });
      return { kind: 'ran', outcome };
    } catch (error) {
      if (error instanceof NoRoom) {
        observer.throttled(resolved);
        return refused({ kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' });
      }
      if (error instanceof NotRestored) return refused({ kind: 'not-restored', timedOut: error.timedOut });
      if (error instanceof EnvironmentUnavailable) return refused({ kind: 'unavailable', cause: error });
      throw error;
    } finally {
      observed.ended(outcome);
    }
  };
}

function refused(refusal: InvokeRefusal): InvokeResult {
  return { kind: 'refused', refusal };
}
