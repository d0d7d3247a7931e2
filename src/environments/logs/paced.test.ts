import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { paced } from './paced.ts';

test('a function that never stops writing does not hold up the event loop, and all that it writes is taken', async () => {
  const most = async (linesInChunk: number) => {
    const chunk = Buffer.alloc(64 * 1024);
    let left = 200;
    let inTurn = 0;
    let chunksMax = 0;
    const stream = new Readable({
      read() {
        this.push(left > 0 ? chunk : null);
        left -= 1;
      },
    });
    let taken = 0;
    paced(stream, () => {
      inTurn += 1;
      taken += 1;
      chunksMax = Math.max(chunksMax, inTurn);
      return linesInChunk;
    });
    let ended = false;
    stream.once('end', () => {
      ended = true;
    });
    while (!ended) {
      await turn();
      inTurn = 0;
    }
    assert.equal(taken, 200);
    return chunksMax;
  };
  assert.ok((await most(0)) <= 17, 'a megabyte in a turn');
  assert.ok((await most(64 * 1024)) <= 2, 'of lines without words far less');
});
