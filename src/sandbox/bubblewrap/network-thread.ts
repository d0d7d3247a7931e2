import { constants } from 'node:os';
import { workerData } from 'node:worker_threads';
import { connectingSocket } from '../system/connecting-socket.ts';
import { SystemCallError } from '../system/libc.ts';
import { enterNetwork, leaveNetwork } from '../system/linux.ts';
import { listeningSocket } from '../system/listening-socket.ts';
import { STATE, WANTED, WORD } from './network.ts';

// Descriptors belong to the whole process: what this thread opens, the main thread listens on (see network.ts).
const words = workerData as Int32Array;
for (;;) {
  Atomics.wait(words, WORD.state, STATE.idle);
  Atomics.wait(words, WORD.state, STATE.answered);
  if (Atomics.load(words, WORD.state) !== STATE.asked) continue;
  Atomics.store(words, WORD.result, answer());
  Atomics.store(words, WORD.state, STATE.answered);
  Atomics.notify(words, WORD.state);
}

function answer(): number {
  try {
    enterNetwork(words[WORD.namespaceFd] ?? -1);
    const port = words[WORD.port] ?? 0;
    const fd = words[WORD.wanted] === WANTED.connect ? connectingSocket(port) : listeningSocket(port).fd;
    // As long as a thread stands in a dead sandbox's network, the kernel keeps it.
    leaveNetwork();
    return fd;
  } catch (error) {
    const code = error instanceof SystemCallError ? error.code : 'EIO';
    return -((constants.errno as Record<string, number>)[code] ?? constants.errno.EIO);
  }
}
