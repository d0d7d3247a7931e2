import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';

/**
 * The longest head of a request, with its URL. The longest that an AWS client has reason to send names 50 tag keys of 128
 * characters in its URL, 9 bytes each once encoded (UntagResource).
 */
export const HEAD_BYTES_MAX = 128 * 1024;

/** A sender that is still busy would lose its answer to a connection that is cut at once. */
const LINGER_MS = 1_000;

/**
 * Answers in words what is no HTTP request that node:http can read; Node's own answer has none, and SDKs then show an
 * error without a message. `underWay`: the answers that are not wholly sent yet.
 */
export function answerUnreadable(http: Server, underWay: Iterable<ServerResponse>, clock: Clock): void {
  http.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Told already: what still comes is the rest of the same, and its connection is cut in a moment.
    if (socket.writableEnded) return;
    // Ours would be taken for the answer to an earlier request, or for a part of it.
    const isAwaited = (response: ServerResponse) => response.headersSent || response.req.complete;
    const midway = [...underWay].some((response) => response.socket === socket && isAwaited(response));
    if (error.code === 'ECONNRESET' || !socket.writable || midway) {
      socket.destroy();
      return;
    }
    const [status, message] = answerTo(error);
    const body = JSON.stringify({ message });
    socket.end(
      [
        `HTTP/1.1 ${status}`,
        'Content-Type: application/json',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
    clock.after(LINGER_MS, () => socket.destroy());
  });
}

/** The status line, and what to tell. */
function answerTo({ code, message }: NodeJS.ErrnoException): [string, string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [
        '431 Request Header Fields Too Large',
        `The URL and the headers of the request together are longer than ${HEAD_BYTES_MAX} bytes.`,
      ];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['408 Request Timeout', 'The request did not arrive completely in time.'];
    default:
      return ['400 Bad Request', `This is no valid HTTP/1.1 request: ${message}`];
  }
}
