'use strict';
// Makes this process the function's: its variables, its directory, its globals.

const Module = require('node:module');
const { streamingGlobals } = require('./streaming.cjs');

/** Must come before any code of the function. */
function applyEnvironment({ env, taskRoot }) {
  const { NODE_PATH } = process.env;
  Object.assign(process.env, env);
  process.chdir(taskRoot);
  // Node has read it at its start, for what all functions share.
  if (process.env.NODE_PATH !== NODE_PATH) Module._initPaths();
  const off = process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA;
  if (off !== '1' && off !== 'true') globalThis.awslambda = { ...globalThis.awslambda, ...streamingGlobals };
}

module.exports = { applyEnvironment };
