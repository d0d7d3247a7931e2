// One keep-alive connection that sends prepared requests and checks the answers, with as little work as can be: the
// client shares the machine with what it measures.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
/** 200, or 202 of an event. */
const STATUS = Buffer.from('HTTP/1.1 20');

export interface Caller extends Disposable {
  /** Sends the bytes of a request and resolves with the answer's body. Throws for any status but 200 and 202. */
  call(request: Buffer): Promise<Buffer>;
}

export async function openCaller(port: number): Promise<Caller> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let waiting: { resolve: (body: Buffer) => void; reject: (error: Error) => void } | undefined;
  let received: Buffer | undefined;

  const fail = (error: Error) => {
    waiting?.reject(error);
    waiting = undefined;
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed the connection')));
  socket.on('data', (part) => {
    received = received === undefined ? part : Buffer.concat([received, part]);
    const headEnd = received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const length = contentLength(received, headEnd);
    const bodyStart = headEnd + HEAD_END.length;
    if (received.length < bodyStart + length) return;
    const whole = received;
    const done = waiting;
    received = undefined;
    waiting = undefined;
    if (whole.length > bodyStart + length) done?.reject(new Error('the server sent more than it announced'));
    else if (!whole.subarray(0, STATUS.length).equals(STATUS)) done?.reject(new Error(whole.toString()));
    else done?.resolve(whole.subarray(bodyStart));
  });
  return {
    call(request) {
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      });
    },
    [Symbol.dispose]: () => {
      socket.removeAllListeners('close');
      socket.destroy();
    },
  };
}

function contentLength(answer: Buffer, headEnd: number): number {
  const found = /\r\ncontent-length: *(\d+)/i.exec(answer.toString('latin1', 0, headEnd));
  if (found === null) throw new Error(`an answer without Content-Length: ${answer.toString('latin1', 0, headEnd)}`);
  return Number(found[1]);
}
