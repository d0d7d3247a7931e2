'use strict';
// Descriptor 3: frames to and from the platform (../frames.md). Node marks every descriptor it inherits close-on-exec,
// so children of user code do not get it.

const { Socket } = require('node:net');

const CHANNEL_FD = 3;
const HEAD_BYTES = 5;
const READ_BYTES = 64 * 1024;

/**
 * `onFrame(type, payload)` is called for each frame; `payload` is only valid during the call.
 * `ref` and `unref` decide whether the channel keeps the process alive.
 */
function openChannel(onFrame) {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  // One buffer for all reads: nothing is allocated for a frame that arrives in one piece.
  const socket = new Socket({ fd: CHANNEL_FD, readable: true, writable: true, onread: { buffer, callback } });

  // A frame that comes in several reads is put together here.
  let whole;
  let have = 0;
  let head;

  function callback(bytes) {
    let at = 0;
    while (at < bytes) {
      if (whole !== undefined) {
        const step = Math.min(whole.length - have, bytes - at);
        buffer.copy(whole, have, at, at + step);
        have += step;
        at += step;
        if (have < whole.length) return true;
        const payload = whole;
        whole = undefined;
        onFrame(head[4], payload);
        head = undefined;
        continue;
      }
      if (head === undefined && bytes - at >= HEAD_BYTES) {
        const length = buffer.readUInt32LE(at);
        const start = at + HEAD_BYTES;
        if (bytes - start >= length) {
          at = start + length;
          onFrame(buffer[start - 1], buffer.subarray(start, at));
          continue;
        }
      }
      // The frame goes on in the next read.
      head ??= Buffer.alloc(0);
      const step = Math.min(HEAD_BYTES - head.length, bytes - at);
      head = Buffer.concat([head, buffer.subarray(at, at + step)]);
      at += step;
      if (head.length < HEAD_BYTES) return true;
      whole = Buffer.allocUnsafeSlow(head.readUInt32LE(0));
      have = 0;
      if (whole.length === 0) {
        const type = head[4];
        whole = head = undefined;
        onFrame(type, buffer.subarray(0, 0));
      }
    }
    return true;
  }

  // The platform ends an environment by closing its end. User code gets no say in that, so no exit listeners run.
  const gone = () => process.reallyExit(0);
  socket.on('end', gone);
  socket.on('close', gone);
  socket.on('error', gone);

  return {
    ref: () => socket.ref(),
    unref: () => socket.unref(),
    send(type, text) {
      socket.write(frame(type, text));
    },
    /** Without copying them. `sent` is called once all has been handed to the kernel. */
    sendBytes(type, bytes, sent) {
      const head = Buffer.allocUnsafe(HEAD_BYTES);
      head.writeUInt32LE(bytes.length, 0);
      head[4] = type;
      socket.cork();
      socket.write(head);
      socket.write(bytes, sent);
      socket.uncork();
    },
    /** Exits as soon as the frame has been handed to the kernel. */
    sendLast(type, text, exitCode) {
      const exit = () => process.exit(exitCode);
      socket.write(frame(type, text), exit);
      if (socket.writableLength === 0) exit();
    },
  };
}

function frame(type, text) {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + length);
  bytes.writeUInt32LE(length, 0);
  bytes[4] = type;
  bytes.write(text, HEAD_BYTES);
  return bytes;
}

module.exports = {
  openChannel,
  INIT: 1,
  INVOKE: 2,
  READY: 16,
  INIT_DONE: 17,
  INIT_ERROR: 18,
  RESPONSE: 19,
  ERROR: 20,
  FATAL: 21,
  STREAM_START: 22,
  STREAM_DATA: 23,
  STREAM_END: 24,
};
