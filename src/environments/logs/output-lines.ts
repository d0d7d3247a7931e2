import { StringDecoder } from 'node:string_decoder';

/** A line without an end is handed on when it gets this long: memory per environment stays bounded. */
const LINE_BYTES_MAX = 256 * 1024;

export interface OutputLines {
  /** Answers how many lines it has handed on. */
  push(chunk: Buffer): number;
  /** Hands on what has no newline yet: the invocation is over. */
  flush(): void;
}

/** Cuts what a function writes to descriptors 1 and 2 into log events, one for each line; `\r` stays inside (lambda-facts 8). */
export function outputLines(onLine: (line: string) => void): OutputLines {
  const decoder = new StringDecoder('utf8');
  let partial = '';
  const flush = () => {
    if (partial === '') return;
    const line = partial;
    partial = '';
    onLine(line);
  };
  return {
    flush,
    push(chunk) {
      partial += decoder.write(chunk);
      let start = 0;
      let count = 0;
      for (;;) {
        const end = partial.indexOf('\n', start);
        if (end === -1) break;
        onLine(partial.slice(start, end + 1));
        count += 1;
        start = end + 1;
      }
      if (start > 0) partial = partial.slice(start);
      if (partial.length > LINE_BYTES_MAX) flush();
      return count;
    },
  };
}
