'use strict';
// What AWS's Node client makes of errors (lambda-facts 6.3, 16.5).

const { types } = require('node:util');

class ImportModuleError extends Error {}
class HandlerNotFound extends Error {}
class MalformedHandlerName extends Error {}
class UserCodeSyntaxError extends Error {}
class CallbackHandlerDeprecated extends Error {}
class JSONStringifyError extends Error {}
class MalformedStreamingHandler extends Error {}
class InvalidStreamingOperation extends Error {}
class NodeJsExit extends Error {
  constructor() {
    super(
      'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes',
    );
  }
}
class UnhandledPromiseRejection extends Error {
  constructor(reason, promise) {
    super(describe(reason));
    this.reason = reason;
    this.promise = promise;
  }
}

const errors = {
  ImportModuleError,
  HandlerNotFound,
  MalformedHandlerName,
  UserCodeSyntaxError,
  CallbackHandlerDeprecated,
  JSONStringifyError,
  MalformedStreamingHandler,
  InvalidStreamingOperation,
  NodeJsExit,
  UnhandledPromiseRejection,
};
for (const [name, { prototype }] of Object.entries(errors)) prototype.name = `Runtime.${name}`;

/** The payload the invoker sees for whatever was thrown. Never throws, whatever getters the thrown thing has. */
function payloadOf(error) {
  try {
    if (types.isNativeError(error) || looksLikeError(error)) {
      return {
        errorType: escaped(error.name),
        errorMessage: escaped(error.message),
        trace: escaped(error.stack).split('\n'),
      };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    };
  }
}

/** The same for a log line: with the error's own fields, and those of the errors in them. */
function formatted(error) {
  try {
    return `\t${JSON.stringify(error, (_key, value) => withOwnFields(value))}`;
  } catch {
    return `\t${JSON.stringify(payloadOf(error))}`;
  }
}

function withOwnFields(value) {
  if (!(value instanceof Error)) return value;
  const fields = Object.assign({ errorType: value.name, errorMessage: value.message, code: value.code }, value);
  if (typeof value.stack === 'string') fields.stack = value.stack.split('\n');
  return fields;
}

/** For logs: a thrown thing that is no error becomes one. */
function asError(thrown) {
  return thrown instanceof Error ? thrown : new Error(describe(thrown));
}

function describe(thrown) {
  try {
    return String(thrown);
  } catch {
    return Object.prototype.toString.call(thrown);
  }
}

function looksLikeError(error) {
  return (
    error &&
    typeof error.name === 'string' &&
    typeof error.message === 'string' &&
    typeof error.stack === 'string' &&
    error.name !== '' &&
    error.message !== '' &&
    error.stack !== ''
  );
}

/** AWS sends error types in a header, where a DEL character may not stand. */
function escaped(text) {
  return text.replaceAll('\x7f', '%7F');
}

module.exports = { ...errors, payloadOf, formatted, asError };
