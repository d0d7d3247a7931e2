// Runs one query in a thread of its own: no expression, however long it takes, holds up an invocation, and memory is bounded.
import { parentPort, workerData } from 'node:worker_threads';
import { decodeChunk } from '../chunk.ts';
import { positionText } from '../position.ts';
import { parseQuery } from './parse-query.ts';
import { pipeline, type ResultRow } from './pipeline.ts';
import type { QueryAnswer, QueryOrder, QueryWork } from './query-run.ts';

/** Texts of one result, in UTF-16 units. */
const RESULT_UNITS_MAX = 8 * 1024 * 1024;

if (!parentPort) throw new Error('this file is for a thread');
const port = parentPort;
const { query, countMax, fromMs, untilMs } = workerData as QueryOrder; // SAFE: only query-run.ts starts it.
const run = pipeline(parseQuery(query), countMax);
let scanned = 0;
let bytes = 0;

port.on('message', (work: QueryWork) => {
  if (work.kind === 'end') {
    answer({ kind: 'results', rows: withinBytes(run.results()), matched: run.matched(), scanned, bytes });
    port.close();
    return;
  }
  for (const { id, events, stream, log, ingestedMs } of work.chunks) {
    const { timestampsMs, messages } = decodeChunk(events);
    for (let index = messages.length - 1; index >= 0; index -= 1) {
      const timestampMs = timestampsMs[index] ?? 0;
      if (timestampMs < fromMs || timestampMs >= untilMs) continue;
      const message = messages[index] ?? '';
      scanned += 1;
      bytes += message.length;
      const pointer = Buffer.from(positionText({ timestampMs, chunk: id, index })).toString('base64');
      run.push({ timestampMs, ingestedMs, message, stream, log, pointer });
    }
  }
  answer({ kind: 'more' });
});

/** The first rows, as many as the server keeps of one query. */
function withinBytes(rows: readonly ResultRow[]): readonly ResultRow[] {
  let units = 0;
  const end = rows.findIndex((row) => {
    for (const { value } of row) units += value.length;
    return units > RESULT_UNITS_MAX;
  });
  return end === -1 ? rows : rows.slice(0, end);
}

function answer(what: QueryAnswer): void {
  port.postMessage(what);
}
