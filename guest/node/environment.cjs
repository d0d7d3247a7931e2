'use strict';
// Makes this process the function's: its variables, its directory, its globals.

const Module = require('node:module');

/** Must come before any code of the function. Answers a promise if modules of NODE_OPTIONS have to be loaded first. */
function applyEnvironment({ env, taskRoot }) {
  const { NODE_PATH, NODE_OPTIONS } = process.env;
  Object.assign(process.env, env);
  process.chdir(taskRoot);
  // Node has read these two at its start, for what all functions share.
  if (process.env.NODE_PATH !== NODE_PATH) Module._initPaths();
  const off = process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA;
  if (off !== '1' && off !== 'true') globalThis.awslambda = { ...globalThis.awslambda, ...streaming };
  if (process.env.NODE_OPTIONS === NODE_OPTIONS) return undefined;
  return require('./node-options.cjs').applyNodeOptions(process.env.NODE_OPTIONS, taskRoot);
}

const streaming = {
  streamifyResponse() {
    throw new Error('Response streaming (awslambda.streamifyResponse) is not supported by Lambent yet.');
  },
  HttpResponseStream: {
    from() {
      throw new Error('Response streaming (awslambda.HttpResponseStream) is not supported by Lambent yet.');
    },
  },
};

module.exports = { applyEnvironment };
