import { closeSync, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { connectingSocket } from '../system/connecting-socket.ts';
import { SystemCallError } from '../system/libc.ts';
import { enterNetwork } from '../system/linux.ts';
import { listeningSocket } from '../system/listening-socket.ts';

/**
 * Opens sockets in the network namespaces of sandboxes. A socket stays in the namespace it was made in, so the server
 * accepts connections there, or has some, while it stays where it is itself.
 */
export interface SandboxNetworks extends AsyncDisposable {
  /** A listening descriptor on 127.0.0.1 of that namespace. Synchronous, well under a millisecond. Throws. */
  listen(namespaceFd: number, port: number): number;
  /** A descriptor that connects to that port of 127.0.0.1 of that namespace. Synchronous, never waits. Throws. */
  connect(namespaceFd: number, port: number): number;
}

export function openSandboxNetworks(): SandboxNetworks {
  const home = openSync('/proc/self/ns/net', 'r');
  try {
    // Only the administrator may come back from a visit: whoever owns our own namespace.
    enterNetwork(home);
  } catch (error) {
    closeSync(home);
    if (error instanceof SystemCallError && error.code === 'EPERM') return throughThread();
    throw error;
  }
  const inside = (namespaceFd: number, open: () => number) => {
    enterNetwork(namespaceFd);
    try {
      return open();
    } finally {
      enterNetwork(home);
    }
  };
  return {
    listen: (namespaceFd, port) => inside(namespaceFd, () => listeningSocket(port).fd),
    connect: (namespaceFd, port) => inside(namespaceFd, () => connectingSocket(port)),
    [Symbol.asyncDispose]: async () => closeSync(home),
  };
}

/** Indices of the words that the two threads share. */
export const WORD = { state: 0, namespaceFd: 1, port: 2, result: 3, wanted: 4 } as const;
export const STATE = { idle: 0, asked: 1, answered: 2 } as const;
export const WANTED = { listen: 0, connect: 1 } as const;
const ANSWER_MS_MAX = 5_000;

/** An ordinary user's main thread could not come back; another thread need not: it only ever visits sandboxes. */
function throughThread(): SandboxNetworks {
  const words = new Int32Array(new SharedArrayBuffer(Object.keys(WORD).length * 4));
  const worker = new Worker(new URL('./network-thread.ts', import.meta.url), { workerData: words, env: {} });
  worker.unref();
  const ask = (wanted: keyof typeof WANTED, namespaceFd: number, port: number) => {
    words[WORD.namespaceFd] = namespaceFd;
    words[WORD.port] = port;
    words[WORD.wanted] = WANTED[wanted];
    Atomics.store(words, WORD.state, STATE.asked);
    Atomics.notify(words, WORD.state);
    // The main thread stands still meanwhile, so there is never a second question.
    if (Atomics.wait(words, WORD.state, STATE.asked, ANSWER_MS_MAX) === 'timed-out') {
      throw new Error(`the network thread does not answer: cannot ${wanted} on port ${port}`);
    }
    const result = Atomics.load(words, WORD.result);
    if (result < 0) throw new SystemCallError(`${wanted} on port ${port} inside a sandbox`, -result);
    return result;
  };
  return {
    listen: (namespaceFd, port) => ask('listen', namespaceFd, port),
    connect: (namespaceFd, port) => ask('connect', namespaceFd, port),
    [Symbol.asyncDispose]: async () => {
      await worker.terminate();
    },
  };
}
