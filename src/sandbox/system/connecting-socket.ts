import { constants } from 'node:os';
import { checked, declare } from './libc.ts';
import { AF_INET, closeSocket, loopbackAddress, SOCK_STREAM } from './listening-socket.ts';

// Linux, whose sandboxes alone have a network of their own.
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

const call = {
  socket: declare<(family: number, type: number, protocol: number) => number>('int socket(int, int, int)'),
  connect: declare<(fd: number, address: Buffer, length: number) => number>(
    'int connect(int, const void *, unsigned int)',
  ),
};

/**
 * A socket that connects to 127.0.0.1 of the calling thread's network, for `new Socket({ fd })`. It does not wait, not even
 * for a listener that accepts nobody: whether somebody listens there, its first reading or writing tells.
 */
export function connectingSocket(port: number): number {
  const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const fd = checked(call.socket(AF_INET, type, 0), 'open a socket');
  try {
    const address = loopbackAddress(port);
    checked(call.connect(fd, address, address.length), `connect to port ${port}`, constants.errno.EINPROGRESS);
    return fd;
  } catch (error) {
    closeSocket(fd);
    throw error;
  }
}
