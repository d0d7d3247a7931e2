'use strict';
// `console` as in AWS's Node runtimes: one log event per call, whatever newlines it holds (lambda-facts 8, 16.4, 16.5).

const { writeSync } = require('node:fs');
const { format } = require('node:util');
const { asError, formatted } = require('./errors.cjs');

const RECORDS_FD = 4;
const HEAD_BYTES = 16;
const TEXT_RECORD = 0xa55a0003;
const JSON_RECORD = 0xa55a0002;

const LEVELS = {
  TRACE: { name: 'TRACE', rank: 1, mask: 0x04 },
  DEBUG: { name: 'DEBUG', rank: 2, mask: 0x08 },
  INFO: { name: 'INFO', rank: 3, mask: 0x0c },
  WARN: { name: 'WARN', rank: 4, mask: 0x10 },
  ERROR: { name: 'ERROR', rank: 5, mask: 0x14 },
  FATAL: { name: 'FATAL', rank: 6, mask: 0x18 },
};

let requestId;
let json = false;

/** Which invocation the lines from now on belong to. */
function setRequestId(id) {
  requestId = id;
}

/** Arguments win over AWS's variables, which a function's environment carries anyway. */
function patchConsole(logFormat = process.env.AWS_LAMBDA_LOG_FORMAT, logLevel = process.env.AWS_LAMBDA_LOG_LEVEL) {
  json = logFormat?.toUpperCase() === 'JSON';
  const lowest = LEVELS[logLevel?.toUpperCase()] ?? LEVELS.TRACE;
  const log = json ? logJson : logText;
  const at = (level) => (level.rank < lowest.rank ? () => {} : (message, ...more) => log(level, message, more));
  console.trace = at(LEVELS.TRACE);
  console.debug = at(LEVELS.DEBUG);
  console.info = at(LEVELS.INFO);
  console.log = console.info;
  console.warn = at(LEVELS.WARN);
  console.error = at(LEVELS.ERROR);
  console.fatal = at(LEVELS.FATAL);
}

/** Through `console.error`, as on AWS: a function that has put its own logger there sees these too. */
function logError(what, thrown) {
  if (json) console.error(asError(thrown));
  else console.error(what, formatted(asError(thrown)));
}

function logText(level, message, more) {
  const now = new Date();
  writeRecord(TEXT_RECORD, now, `${now.toISOString()}\t${requestId}\t${level.name}\t${format(message, ...more)}\n`);
}

function logJson(level, message, more) {
  const now = new Date();
  writeRecord((JSON_RECORD | level.mask) >>> 0, now, jsonLine(now.toISOString(), level.name, message, more));
}

function jsonLine(timestamp, level, message, more) {
  const line = { timestamp, level, requestId };
  if (more.length === 0) {
    line.message = message;
    try {
      return JSON.stringify(line, (_key, value) => withErrorFields(value));
    } catch {
      line.message = format(message);
      return JSON.stringify(line);
    }
  }
  line.message = format(message, ...more);
  const error = [message, ...more].find((value) => value instanceof Error);
  if (error !== undefined) Object.assign(line, errorFields(error));
  return JSON.stringify(line);
}

function withErrorFields(value) {
  return value instanceof Error ? { ...errorFields(value), ...value } : value;
}

function errorFields(error) {
  return {
    errorType: error.constructor?.name ?? 'UnknownError',
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
  };
}

function writeRecord(type, time, text) {
  const length = Buffer.byteLength(text);
  const record = Buffer.allocUnsafe(HEAD_BYTES + length);
  record.writeUInt32BE(type, 0);
  record.writeUInt32BE(length, 4);
  record.writeBigUInt64BE(BigInt(time.getTime()) * 1000n, 8);
  record.write(text, HEAD_BYTES);
  writeAll(record);
}

/** Blocks until all is written, so that a line survives `process.exit()`. */
function writeAll(bytes) {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(RECORDS_FD, bytes, at);
    } catch (error) {
      // User code can make the pipe non-blocking; then a full one means: wait. Anything else means that nobody reads
      // any more (the platform is gone, or user code closed the descriptor), and there is nobody to tell.
      if (error.code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

module.exports = { patchConsole, logError, setRequestId };
