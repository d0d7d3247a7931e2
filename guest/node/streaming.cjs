'use strict';
// Handlers that stream their answer, as AWS's Node client runs them: `awslambda.streamifyResponse` marks a handler, which
// is then called with (event, responseStream, context). What a handler writes goes out at once (../frames.md, STREAM_*).

const { Writable } = require('node:stream');
const { ERROR, STREAM_START, STREAM_DATA, STREAM_END } = require('./channel.cjs');
const { InvalidStreamingOperation, MalformedStreamingHandler, payloadOf } = require('./errors.cjs');
const { logError } = require('./log.cjs');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const RESPONSE = 'response';
const DEFAULT_CONTENT_TYPE = 'application/octet-stream';
const PRELUDE_CONTENT_TYPE = 'application/vnd.awslambda.http-integration-response';
/** Between the prelude and the body. */
const DELIMITER = new Uint8Array(8);
const PIECE_BYTES_MAX = 1024 * 1024;

/** What AWS puts into the global `awslambda`. */
const streamingGlobals = {
  streamifyResponse(handler, options) {
    handler[STREAMING] = RESPONSE;
    if (typeof options?.highWaterMark === 'number')
      handler[HIGH_WATER_MARK] = Number.parseInt(options.highWaterMark, 10);
    return handler;
  },
  // biome-ignore lint/complexity/noStaticOnlyClass: it is a class on AWS, and functions may look.
  HttpResponseStream: class HttpResponseStream {
    /** Puts status, headers and cookies in front of the body. They go out with the first write, as on AWS: none, no prelude. */
    static from(underlyingStream, prelude) {
      underlyingStream.setContentType(PRELUDE_CONTENT_TYPE);
      const head = JSON.stringify(prelude);
      underlyingStream._onBeforeFirstWrite = (write) => {
        write(head);
        write(DELIMITER);
      };
      return underlyingStream;
    }
  },
};

/** Throws for a mark that AWS does not know either. */
function isStreaming(handler) {
  if (!handler[STREAMING]) return false;
  if (handler[STREAMING] === RESPONSE) return true;
  throw new MalformedStreamingHandler('Only response streaming is supported.');
}

/** The stream that a handler writes to. Its `write` answers false while the platform takes no more. */
class ResponseStream extends Writable {
  #channel;
  #contentType = DEFAULT_CONTENT_TYPE;
  #written = false;
  started = false;

  constructor(channel, highWaterMark) {
    super({ highWaterMark });
    this.#channel = channel;
  }

  setContentType(contentType) {
    if (this.#written) throw new InvalidStreamingOperation('Cannot set content-type, too late.');
    this.#contentType = contentType;
  }

  write(chunk, encoding, callback) {
    const isBytes = typeof chunk === 'string' || chunk instanceof Uint8Array || chunk === null;
    const data = isBytes ? chunk : JSON.stringify(chunk);
    if (!this.#written && typeof this._onBeforeFirstWrite === 'function') {
      this._onBeforeFirstWrite((part) => super.write(part));
    }
    const more = super.write(data, encoding, callback);
    this.#written = true;
    return more;
  }

  start() {
    if (this.started) return;
    this.started = true;
    this.#channel.send(STREAM_START, JSON.stringify({ contentType: this.#contentType }));
  }

  _write(chunk, _encoding, callback) {
    this.start();
    if (chunk.length === 0) return callback();
    let at = 0;
    for (; chunk.length - at > PIECE_BYTES_MAX; at += PIECE_BYTES_MAX) {
      this.#channel.sendBytes(STREAM_DATA, chunk.subarray(at, at + PIECE_BYTES_MAX));
    }
    // Once the last piece has been handed to the system: until then nothing more is taken.
    this.#channel.sendBytes(STREAM_DATA, chunk.subarray(at), callback);
  }
}

/** One invocation of a handler that streams; `context` is made within it, since that can fail. Never rejects. */
async function runStreaming(handler, channel, modern, event, context) {
  const stream = new ResponseStream(channel, highWaterMark(handler));
  let broken;
  stream.on('error', (error) => {
    broken ??= error;
  });
  const closed = new Promise((resolve) => stream.once('close', resolve));
  let failure;
  try {
    const returned = handler(event(), stream, context());
    if (typeof returned?.then !== 'function')
      throw clientError('Streaming does not support non-async handlers.', modern);
    const result = await returned;
    if (result !== undefined) console.warn('Streaming handlers ignore return values.');
    // A handler may leave its stream to others, which end it later. One that nobody ends keeps the invocation until its
    // time is up, as on AWS.
    await closed;
    if (!stream.writableFinished) throw broken ?? clientError('Response stream is not finished.', modern);
  } catch (error) {
    failure = { error };
  }
  // After its end nothing can be said in a response any more: the log alone tells of a failure that comes then.
  const told = stream.writableFinished || (stream.writableEnded && !stream.destroyed) ? undefined : failure;
  if (failure !== undefined) {
    if (modern) await new Promise(setImmediate);
    logError('Invoke Error', failure.error);
  }
  if (!stream.writableEnded) stream.end();
  await closed;
  const error = told === undefined ? '' : JSON.stringify(payloadOf(told.error));
  if (told !== undefined && !stream.started) return channel.send(ERROR, error);
  stream.start();
  channel.send(STREAM_END, error);
}

function highWaterMark(handler) {
  const given = Number.parseInt(handler[HIGH_WATER_MARK], 10);
  return Number.isNaN(given) ? undefined : given;
}

/** Up to Node 22 AWS's client fails with a mere text. */
function clientError(message, modern) {
  return modern ? new Error(message) : message;
}

module.exports = { streamingGlobals, isStreaming, runStreaming };
