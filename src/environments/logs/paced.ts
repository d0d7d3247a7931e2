import type { Readable } from 'node:stream';

/** What is taken of one stream in one turn of the event loop: some 20 ms of the server's time, if it comes line by line. */
const TURN_BYTES_MAX = 1024 * 1024;
/** What handing on a line costs beside its text, in bytes. */
const LINE_BYTES = 64;

/**
 * Hands on what a function writes, so much in each turn of the event loop and no more. A stream is read for as long as its
 * writer keeps up with the reader, and meanwhile everybody else's invocations stand still: 2 MB of empty lines took 4 s.
 * `take` answers how many lines there were.
 */
export function paced(stream: Readable, take: (chunk: Buffer) => number): void {
  let taken = 0;
  stream.on('data', (chunk: Buffer) => {
    if (taken === 0) {
      setImmediate(() => {
        taken = 0;
        if (stream.isPaused()) stream.resume();
      });
    }
    taken += chunk.length + take(chunk) * LINE_BYTES;
    if (taken > TURN_BYTES_MAX) stream.pause();
  });
}
