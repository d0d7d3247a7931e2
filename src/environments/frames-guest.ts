import type { Socket } from 'node:net';
import { FRAME, frameReader, writeFrame } from './frames.ts';
import { type Guest, type GuestOwner, RESPONSE_BYTES_MAX } from './guest.ts';

/** A guest of ours on the other end of descriptor 3 (`guest/frames.md`). */
export function framesGuest(channel: Socket): Guest {
  let owner: GuestOwner | undefined;
  const up = Promise.withResolvers<void>();

  const onFrame = (type: number, payload: Buffer | undefined) => {
    switch (type) {
      case FRAME.ready:
        return up.resolve();
      case FRAME.initDone:
        return owner?.onInit({ kind: 'done' });
      case FRAME.initError:
        return owner?.onInit({ kind: 'error', payload: payload ?? tooLong });
      case FRAME.response:
        return owner?.onAnswer(payload === undefined ? { kind: 'response-too-large' } : { kind: 'response', payload });
      case FRAME.error:
        return owner?.onAnswer({ kind: 'error', payload: payload ?? tooLong, errorType: undefined });
      case FRAME.fatal:
        return owner?.onAnswer({ kind: 'fatal', payload: payload ?? tooLong, errorType: undefined });
    }
  };
  // User code can write to any descriptor of its process: then its guest is cut off, which ends it.
  channel.on('data', frameReader(RESPONSE_BYTES_MAX, { onFrame, onGarbage: () => channel.destroy() }));
  channel.on('close', () => owner?.onLost());
  // SAFE: an error is followed by the close.
  channel.on('error', () => {});

  return {
    up: up.promise,
    own: (next) => {
      owner = next;
    },
    init: (start) => {
      const message = {
        env: start.variables,
        handler: start.handler,
        taskRoot: start.paths.task,
        optRoot: start.paths.opt,
      };
      writeFrame(channel, FRAME.init, [Buffer.from(JSON.stringify(message))]);
    },
    invoke: (invocation, deadlineMs) => {
      const head = Buffer.from(
        JSON.stringify({
          requestId: invocation.requestId,
          deadlineMs,
          invokedArn: invocation.invokedArn,
          traceId: invocation.traceId,
          clientContext: invocation.clientContext,
          cognitoIdentity: invocation.cognitoIdentity,
        }),
      );
      const headLength = Buffer.allocUnsafe(4);
      headLength.writeUInt32LE(head.length, 0);
      writeFrame(channel, FRAME.invoke, [headLength, head, invocation.event]);
    },
    close: () => channel.destroy(),
  };
}

const tooLong = Buffer.from(
  '{"errorType":"Runtime.Unknown","errorMessage":"The error payload exceeds the size limit."}',
);
