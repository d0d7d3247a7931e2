import type { AskFunction } from '../services/ses/incoming-work.ts';
import { type FunctionRuns, runFunction } from './run-function.ts';

/** Runs a function for a room that waits for its answer. Rejects when it cannot be run now. */
export function askFunction({ newTraceId, ...runs }: FunctionRuns & { newTraceId: () => string }): AskFunction {
  return async (arn, payload, signal) => {
    const result = await runFunction(runs, { arn, payload, traceId: newTraceId() }, signal);
    if (result.kind === 'ran') return result.outcome.kind === 'answer' ? result.outcome.payload : undefined;
    const why = result.kind === 'refused' ? result.refusal.kind : result.kind;
    throw new Error(`${arn} cannot be run now: ${why}`);
  };
}
