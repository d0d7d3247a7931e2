import type { Admission } from '../delivery/delivery.ts';
import { Undeliverable } from '../delivery/undeliverable.ts';
import type { CallFunction } from '../services/pipes/ports.ts';
import { type FunctionRuns, runFunction } from './run-function.ts';

/** Functions as pipes call them: as anybody else, if their policies and those of the pipe's role allow it. */
export function callFunction({ admission, ...runs }: FunctionRuns & { admission: Admission }): CallFunction {
  return async ({ arn, payload, traceHeader, from }, signal) => {
    try {
      await admission.assertDeliverable(arn, from);
    } catch (error) {
      if (!(error instanceof Undeliverable)) throw error;
      return { kind: 'failed', problem: error.message };
    }
    const result = await runFunction(runs, { arn, payload, traceId: traceHeader }, signal);
    if (result.kind === 'ran') {
      const { outcome } = result;
      return outcome.kind === 'answer'
        ? { kind: 'answer', payload: outcome.payload }
        : { kind: 'failed', problem: `${arn} failed` };
    }
    const why = result.kind === 'refused' ? result.refusal.kind : result.kind;
    if (LASTING.has(why)) return { kind: 'failed', problem: `${arn} cannot be run: ${why}` };
    return { kind: 'unavailable', problem: `${arn} cannot be run now: ${why}` };
  };
}

/** Refusals that would be the same the next time. */
const LASTING: ReadonlySet<string> = new Set([
  'no-such-function',
  'payload-too-large',
  'payload-not-json',
  'recursive',
]);
