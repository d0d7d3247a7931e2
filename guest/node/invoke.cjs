'use strict';
// Runs invocations: the event in, the handler's answer out. Two kinds, as on AWS: up to Node 22 handlers may answer
// through a callback, and an invocation may wait until the event loop is empty; from Node 24 on neither exists. Handlers
// that stream their answer: streaming.cjs.

const { RESPONSE, ERROR } = require('./channel.cjs');
const { JSONStringifyError, NodeJsExit, payloadOf } = require('./errors.cjs');
const { logError, setRequestId } = require('./log.cjs');
const { isStreaming, runStreaming } = require('./streaming.cjs');

/** Answers a function that takes an INVOKE frame's payload, which is only valid during the call. */
function prepareInvoke(handler, channel, modern) {
  const run = isStreaming(handler)
    ? streamingInvocation(handler, channel, modern)
    : modern
      ? modernInvocation(handler)
      : callbackInvocation(handler);
  const { env } = process;
  const constant = {
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
  };

  const reply = {
    /** Throws what the function's log and its caller shall see when `result` is no JSON. */
    succeed(result) {
      const text = stringified(result, modern);
      channel.ref();
      channel.send(RESPONSE, text);
    },
    fail(error) {
      logError('Invoke Error', error);
      channel.ref();
      channel.send(ERROR, JSON.stringify(payloadOf(error)));
    },
  };

  return (payload) => {
    const eventAt = 4 + payload.readUInt32LE(0);
    const head = JSON.parse(payload.toString('utf8', 4, eventAt));
    const eventText = payload.toString('utf8', eventAt);
    setRequestId(head.requestId);
    if (head.traceId !== undefined) env._X_AMZN_TRACE_ID = head.traceId;
    else delete env._X_AMZN_TRACE_ID;
    // From here to the reply only the function's own work keeps the process alive, so an empty event loop shows.
    channel.unref();
    run(eventText, head, constant, reply);
  };
}

function streamingInvocation(handler, channel, modern) {
  return (eventText, head, constant) => {
    // An open response keeps the process alive, as the client's request does on AWS.
    channel.ref();
    const context = () => {
      const common = contextOf(head, constant);
      return modern ? common : { callbackWaitsForEmptyEventLoop: true, ...common };
    };
    return runStreaming(handler, channel, modern, () => JSON.parse(eventText), context);
  };
}

/** The part of the context that all kinds have. Own properties: functions copy and stringify it. */
function contextOf(head, constant) {
  const { deadlineMs } = head;
  return {
    ...constant,
    clientContext: parsedOrNothing(head.clientContext, 'ClientContext'),
    identity: parsedOrNothing(head.cognitoIdentity, 'CognitoIdentity'),
    invokedFunctionArn: head.invokedArn,
    awsRequestId: head.requestId,
    tenantId: undefined,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

function parsedOrNothing(text, name) {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error}`);
  }
}

function modernInvocation(handler) {
  return async (eventText, head, constant, reply) => {
    let failed = false;
    let outcome;
    try {
      outcome = await handler(JSON.parse(eventText), contextOf(head, constant));
    } catch (error) {
      failed = true;
      outcome = error;
    }
    // AWS lets one turn of the event loop pass, in which a rejection that nobody handles still fails the invocation.
    await new Promise(setImmediate);
    if (!failed) {
      try {
        return reply.succeed(outcome);
      } catch (error) {
        outcome = error;
      }
    }
    reply.fail(outcome);
  };
}

/** What an empty event loop means to the running invocation, if there is one. */
let whenEmpty;
process.on('beforeExit', () => {
  const then = whenEmpty;
  whenEmpty = undefined;
  then?.();
});

function callbackInvocation(handler) {
  const isAsync = handler.constructor?.name === 'AsyncFunction';

  return (eventText, head, constant, reply) => {
    let answered = false;
    let waits = true;

    /** Only the first answer counts, unless it could not be given: then its failure does. */
    const once = (answer) => (first, second) => {
      if (answered) return;
      whenEmpty = undefined;
      answer(first, second);
      answered = true;
    };
    const isError = (error) => error !== undefined && error !== null;
    const done = once((error, result) => (isError(error) ? reply.fail(error) : reply.succeed(result)));
    const succeed = (result) => done(null, result);
    const fail = (error) => done(isError(error) ? error : 'handled');
    const callback = once((error, result) => {
      if (isError(error)) reply.fail(error);
      else if (!waits) reply.succeed(result);
      else whenEmpty = () => reply.succeed(result);
    });

    // Neither answered nor waiting for anything: an error for an async function, `null` for others.
    whenEmpty = () => {
      answered = true;
      if (isAsync) reply.fail(new NodeJsExit());
      else reply.succeed(null);
    };

    try {
      const context = {
        get callbackWaitsForEmptyEventLoop() {
          return waits;
        },
        set callbackWaitsForEmptyEventLoop(value) {
          waits = value;
        },
        succeed,
        fail,
        done,
        ...contextOf(head, constant),
      };
      const result = handler(JSON.parse(eventText), context, callback);
      if (result && typeof result.then === 'function') result.then(succeed, fail).catch(fail);
    } catch (error) {
      callback(error);
    }
  };
}

/** Not JSON at all (a function, a symbol) is answered as `null`, like `undefined`. */
function stringified(result, modern) {
  let text;
  try {
    text = JSON.stringify(result === undefined ? null : result);
  } catch {
    const message = 'Unable to stringify response body';
    throw modern ? new JSONStringifyError(message) : new Error(message);
  }
  return text ?? 'null';
}

module.exports = { prepareInvoke };
