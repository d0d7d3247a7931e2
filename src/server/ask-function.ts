import { parseArn } from '../delivery/arn.ts';
import type { InvokeRequest, InvokeResult } from '../invoke/frontend.ts';
import { raceAbort } from '../lib/abort.ts';
import type { AskFunction } from '../services/ses/incoming-work.ts';

/** Runs a function for a room that waits for its answer. Rejects when it cannot be run now. */
export function askFunction(parts: {
  invoke: (request: InvokeRequest) => Promise<InvokeResult>;
  uuid: () => string;
  newTraceId: () => string;
}): AskFunction {
  const { invoke, uuid, newTraceId } = parts;
  return async (text, payload, signal) => {
    const arn = parseArn(text);
    const [kind, name = '', qualifier] = arn?.resource.split(':') ?? [];
    if (arn?.service !== 'lambda' || kind !== 'function') throw new Error(`${text} is no function`);
    const running = invoke({
      ...{ account: arn.account, region: arn.region, name, qualifier, payload },
      ...{ type: 'RequestResponse', requestId: uuid(), traceId: newTraceId() },
      ...{ clientContext: undefined, cognitoIdentity: undefined, wantsTail: false },
    });
    // Whoever asks goes on without an answer that takes too long; the function runs to its end.
    const result = await raceAbort(running, signal);
    if (result.kind === 'ran') return result.outcome.kind === 'answer' ? result.outcome.payload : undefined;
    const why = result.kind === 'refused' ? result.refusal.kind : result.kind;
    throw new Error(`${text} cannot be run now: ${why}`);
  };
}
