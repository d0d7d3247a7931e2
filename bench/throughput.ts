// How often something is done in a second by so many that each wait for the end of one before they begin the next.
import { type Caller, openCaller } from './caller.ts';
import { median } from './statistics.ts';

/** Answers how much was done: 1, or the count of a batch. */
type Work = (who: number) => Promise<number>;

export async function perSecond(options: { callers: number; ms: number; work: Work }): Promise<number> {
  const startMs = performance.now();
  const endMs = startMs + options.ms;
  let done = 0;
  const loop = async (_: unknown, who: number) => {
    while (performance.now() < endMs) {
      // Not in one line: what others add while this waits would be lost.
      const more = await options.work(who);
      done += more;
    }
  };
  await Promise.all(Array.from({ length: options.callers }, loop));
  return done / ((performance.now() - startMs) / 1_000);
}

/** The same by requests on a connection of each caller's own; `requests` are shared out among them. */
export async function requestsPerSecond(options: {
  port: number;
  callers: number;
  ms: number;
  requests: readonly Buffer[];
  /** Throws for a wrong answer: it has no speed. */
  look?: (body: Buffer) => void;
}): Promise<number> {
  const { port, callers, ms, requests, look } = options;
  const open = await Promise.all(Array.from({ length: callers }, () => openCaller(port)));
  try {
    const work = async (who: number) => {
      const request = requests[who % requests.length] as Buffer; // SAFE: there is one at least.
      const body = await (open[who] as Caller).call(request); // SAFE: one for each caller.
      look?.(body);
      return 1;
    };
    return await perSecond({ callers, ms, work });
  } finally {
    for (const caller of open) caller[Symbol.dispose]();
  }
}

export interface Compared {
  readonly ours: number;
  readonly bound: number;
}

/** Rounds that alternate between the two, so that a noisy machine disturbs both; the middle of each. One before warms up. */
export async function compared(
  rounds: number,
  ours: () => Promise<number>,
  bound: () => Promise<number>,
): Promise<Compared> {
  const seen: { ours: number[]; bound: number[] } = { ours: [], bound: [] };
  await ours();
  for (let round = 0; round < rounds; round += 1) {
    seen.bound.push(await bound());
    seen.ours.push(await ours());
  }
  return { ours: median(seen.ours), bound: median(seen.bound) };
}

export const COMPARED_HEAD = ['', 'a second', 'bound', 'a second', 'ratio'];

export function comparedRow(what: string, by: string, { ours, bound }: Compared): string[] {
  return [what, ours.toFixed(0), by, bound.toFixed(0), `**${(ours / bound).toFixed(2)}**`];
}
