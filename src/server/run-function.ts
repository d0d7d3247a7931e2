import { parseArn } from '../delivery/arn.ts';
import type { InvokeRequest, InvokeResult } from '../invoke/frontend.ts';
import { raceAbort } from '../lib/abort.ts';

export interface FunctionRuns {
  readonly invoke: (request: InvokeRequest) => Promise<InvokeResult>;
  readonly uuid: () => string;
}

/** Runs the function that an ARN names for a room that waits for it. Rejects for what names none, and when the signal aborts. */
export async function runFunction(
  { invoke, uuid }: FunctionRuns,
  { arn: text, payload, traceId }: { readonly arn: string; readonly payload: Buffer; readonly traceId: string },
  signal: AbortSignal,
): Promise<InvokeResult> {
  const arn = parseArn(text);
  const [kind, name = '', qualifier] = arn?.resource.split(':') ?? [];
  if (arn?.service !== 'lambda' || kind !== 'function') throw new Error(`${text} is no function`);
  const running = invoke({
    ...{ account: arn.account, region: arn.region, name, qualifier, payload },
    ...{ type: 'RequestResponse', requestId: uuid(), traceId },
    ...{ clientContext: undefined, cognitoIdentity: undefined, wantsTail: false },
  });
  // Whoever waits goes on without an answer that takes too long; the function runs to its end.
  return await raceAbort(running, signal);
}
