import type { Socket } from 'node:net';
import { launchFrame } from '../../runtimes/launch-script.ts';
import { FRAME, frameReader, writeFrame } from './frames.ts';
import { type Guest, type GuestOwner, RESPONSE_BYTES_MAX } from './guest.ts';

/**
 * A guest of ours on the other end of descriptor 3 (`guest/frames.md`). `first`: whether it is the sandbox's first process,
 * or that is the launcher, which becomes a guest by the script of `init`.
 */
export function framesGuest(channel: Socket, first: 'guest' | 'launcher'): Guest {
  let owner: GuestOwner | undefined;
  /** What a guest that is being launched gets once it is there. */
  let afterReady: (() => void) | undefined;
  let paused = false;
  const up = Promise.withResolvers<void>();
  if (first === 'launcher') up.resolve();

  const resume = () => {
    if (!paused) return;
    paused = false;
    channel.resume();
  };
  let ending: (() => void) | undefined;
  const end = () => {
    const then = ending;
    ending = undefined;
    then?.();
  };
  const onFrame = (type: number, payload: Buffer | undefined) => {
    end();
    switch (type) {
      case FRAME.ready: {
        const then = afterReady;
        afterReady = undefined;
        up.resolve();
        return then?.();
      }
      case FRAME.initDone:
        return owner?.onInit({ kind: 'done' });
      case FRAME.initError:
        return owner?.onInit({ kind: 'error', payload: payload ?? tooLong });
      case FRAME.restored:
        return owner?.onRestored(undefined);
      case FRAME.restoreError:
        return owner?.onRestored(payload ?? tooLong);
      case FRAME.response:
        owner?.onAnswer(payload === undefined ? { kind: 'response-too-large' } : { kind: 'response', payload });
        return owner?.onReady();
      case FRAME.error:
        owner?.onAnswer({ kind: 'error', payload: payload ?? tooLong, errorType: undefined });
        return owner?.onReady();
      case FRAME.fatal:
        return owner?.onAnswer({ kind: 'fatal', payload: payload ?? tooLong, errorType: undefined });
      case FRAME.streamStart:
        return owner?.onStreamStart(contentTypeOf(payload));
      case FRAME.streamEnd:
        // One turn later: a stream is read as long as it comes, and what was logged meanwhile waits in its own pipe.
        ending = () => {
          // The end may have come with what was read already: nobody has to think of resuming after it.
          resume();
          owner?.onStreamEnd(payload?.length === 0 ? undefined : { payload: payload ?? tooLong, errorType: undefined });
          owner?.onReady();
        };
        setImmediate(end);
        return;
    }
  };
  const onPiece = (piece: Buffer) => owner?.onStreamPiece(piece);
  // User code can write to any descriptor of its process: then its guest is cut off, which ends it.
  channel.on('data', frameReader(RESPONSE_BYTES_MAX, { onFrame, onPiece, onGarbage: () => channel.destroy() }));
  channel.on('close', () => {
    end();
    owner?.onLost();
  });
  // SAFE: an error is followed by the close.
  channel.on('error', () => {});

  return {
    up: up.promise,
    own: (next) => {
      owner = next;
    },
    wake: () => {
      if (first === 'guest') writeFrame(channel, FRAME.wake, []);
    },
    init: (start) => {
      const message = {
        env: start.variables,
        handler: start.handler,
        taskRoot: start.paths.task,
        optRoot: start.paths.opt,
        snapStart: start.snapStart ? true : undefined,
      };
      const send = () => writeFrame(channel, FRAME.init, [Buffer.from(JSON.stringify(message))]);
      if (start.launchScript === undefined) return send();
      afterReady = send;
      channel.write(launchFrame(start.launchScript));
    },
    restore: () => writeFrame(channel, FRAME.restore, []),
    invoke: (invocation, deadlineMs) => {
      const head = Buffer.from(
        JSON.stringify({
          requestId: invocation.requestId,
          // What is left after an init within the invocation is a fraction, and Java's guest takes whole numbers only.
          deadlineMs: Math.ceil(deadlineMs),
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
    pause: () => {
      paused = true;
      channel.pause();
    },
    resume,
    close: () => channel.destroy(),
  };
}

const tooLong = Buffer.from(
  '{"errorType":"Runtime.Unknown","errorMessage":"The error payload exceeds the size limit."}',
);

/** A guest of ours writes this itself; user code that gets hold of the channel can write anything. */
function contentTypeOf(payload: Buffer | undefined): string | undefined {
  try {
    const head: unknown = JSON.parse(payload?.toString() ?? '');
    if (typeof head !== 'object' || head === null || !('contentType' in head)) return undefined;
    return typeof head.contentType === 'string' ? head.contentType : undefined;
  } catch {
    // A start without readable words is still a start.
    return undefined;
  }
}
