// Callers that each wait for their answer before they ask again, and ask at once then.
import { isDeepStrictEqual } from 'node:util';
import { type Caller, openCaller } from './caller.ts';
import { median, percentile } from './statistics.ts';

export interface Round {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Sends the bytes of one request for `ms`, over a connection for each caller. The answer to be is the event, in whatever
 * spacing the first answer has it. Throws at the first wrong answer: it has no speed.
 */
export async function closedLoop(options: {
  port: number;
  callers: number;
  ms: number;
  request: Buffer;
  event: string;
}): Promise<Round> {
  const { port, callers, ms, request, event } = options;
  const open = await Promise.all(Array.from({ length: callers }, () => openCaller(port)));
  const latenciesMs: number[] = [];
  try {
    const expected = await open[0]?.call(request);
    if (expected === undefined || !isDeepStrictEqual(JSON.parse(expected.toString()), JSON.parse(event))) {
      throw new Error(`a wrong answer: ${expected}`);
    }
    const startMs = performance.now();
    const endMs = startMs + ms;
    const loop = async (caller: Caller) => {
      for (let sentMs = performance.now(); sentMs < endMs; ) {
        const answer = await caller.call(request);
        const nowMs = performance.now();
        latenciesMs.push(nowMs - sentMs);
        sentMs = nowMs;
        if (!answer.equals(expected)) throw new Error(`a wrong answer: ${answer}`);
      }
    };
    await Promise.all(open.map(loop));
    return {
      perSecond: latenciesMs.length / ((performance.now() - startMs) / 1_000),
      p50Ms: percentile(latenciesMs, 50),
      p99Ms: percentile(latenciesMs, 99),
    };
  } finally {
    for (const caller of open) caller[Symbol.dispose]();
  }
}

/** The middle of each number over rounds. */
export function middle(rounds: readonly Round[]): Round {
  return {
    perSecond: median(rounds.map((one) => one.perSecond)),
    p50Ms: median(rounds.map((one) => one.p50Ms)),
    p99Ms: median(rounds.map((one) => one.p99Ms)),
  };
}
