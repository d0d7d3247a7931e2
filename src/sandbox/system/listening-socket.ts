import { checked, closeOnExec, declare } from './libc.ts';

export const AF_INET = 2;
export const SOCK_STREAM = 1;
const SOCKET_ADDRESS_BYTES = 16;
const BACKLOG = 128;

const call = {
  socket: declare<(family: number, type: number, protocol: number) => number>('int socket(int, int, int)'),
  bind: declare<(fd: number, address: Buffer, length: number) => number>('int bind(int, const void *, unsigned int)'),
  listen: declare<(fd: number, backlog: number) => number>('int listen(int, int)'),
  getsockname: declare<(fd: number, address: Buffer, length: number[]) => number>(
    'int getsockname(int, void *, _Inout_ unsigned int *)',
  ),
  close: declare<(fd: number) => number>('int close(int)'),
};

/**
 * A socket that listens on 127.0.0.1 of the calling thread's network, for `server.listen({ fd })`. Port 0: any free
 * one. Node's own `listen` looks the address up first, so it cannot tell the port synchronously.
 */
export function listeningSocket(port: number): { fd: number; port: number } {
  const fd = checked(call.socket(AF_INET, SOCK_STREAM, 0), 'open a socket');
  try {
    closeOnExec(fd);
    const address = loopbackAddress(port);
    checked(call.bind(fd, address, address.length), `bind port ${port}`);
    checked(call.listen(fd, BACKLOG), `listen on port ${port}`);
    checked(call.getsockname(fd, address, [address.length]), 'read a socket’s address');
    return { fd, port: address.readUInt16BE(2) };
  } catch (error) {
    closeSocket(fd);
    throw error;
  }
}

export function closeSocket(fd: number): void {
  call.close(fd);
}

export function loopbackAddress(port: number): Buffer {
  const address = Buffer.alloc(SOCKET_ADDRESS_BYTES);
  if (process.platform === 'linux') {
    address.writeUInt16LE(AF_INET, 0);
  } else {
    // BSD, and so macOS: the length comes first, and the family has one byte.
    address.writeUInt8(SOCKET_ADDRESS_BYTES, 0);
    address.writeUInt8(AF_INET, 1);
  }
  address.writeUInt16BE(port, 2);
  address.set([127, 0, 0, 1], 4);
  return address;
}
