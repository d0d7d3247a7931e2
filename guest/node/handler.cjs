'use strict';
// Finds the function's handler as AWS's Node client does (lambda-facts 16.5): `dir/file.a.b` is the export `a.b` of the
// first that exists of file, file.js, file.mjs, file.cjs, and else of whatever Node resolves `file` to (NODE_PATH).

const { existsSync, readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { basename, dirname, join, resolve } = require('node:path');
const { pathToFileURL } = require('node:url');
const {
  CallbackHandlerDeprecated,
  HandlerNotFound,
  ImportModuleError,
  MalformedHandlerName,
  UserCodeSyntaxError,
} = require('./errors.cjs');
const { isStreaming } = require('./streaming.cjs');

// AWS's client is `index.mjs`, and messages that users search for say so ("Require stack:\n- /var/runtime/index.mjs").
const requireFromRuntime = createRequire(join(__dirname, 'index.mjs'));

/**
 * Answers `{ handler }`, or a promise of it when an ES module has to be loaded.
 * Throws, or rejects with, what the invoker shall see.
 */
function loadHandler(taskRoot, name, modern) {
  const { directory, file, path } = parsed(name);
  const found = (module) => ({ handler: checked(pick(module, path, modern), name, modern) });
  const failed = (error) => {
    throw explained(error);
  };
  try {
    const module = load(taskRoot, directory, file, modern);
    return module instanceof Promise ? module.then(found, failed) : found(module);
  } catch (error) {
    return failed(error);
  }
}

function parsed(name) {
  if (name.includes('..')) {
    throw new MalformedHandlerName(
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const last = basename(name);
  const parts = /^([^.]*)\.(.*)$/.exec(last);
  if (parts === null) throw new MalformedHandlerName('Bad handler');
  return { directory: name.substring(0, name.indexOf(last)), file: parts[1], path: parts[2].split('.') };
}

/** The module's exports, or a promise of them. An export that is falsy counts as not there, as on AWS. */
function load(taskRoot, directory, file, modern) {
  const base = resolve(taskRoot, directory, file);
  const isModule = existsSync(`${base}.js`) && hasTypeModule(dirname(base));
  const exported =
    (existsSync(base) && requireFromRuntime(base)) ||
    (!isModule && existsSync(`${base}.js`) && (modern ? requireOrImport : requireFromRuntime)(`${base}.js`));
  if (exported) return exported;
  const loadModule = modern ? requireOrImport : importFile;
  if (isModule) return loadModule(`${base}.js`);
  if (existsSync(`${base}.mjs`)) return loadModule(`${base}.mjs`);
  return (
    (existsSync(`${base}.cjs`) && requireFromRuntime(`${base}.cjs`)) ||
    requireFromRuntime(requireFromRuntime.resolve(file, { paths: [taskRoot, directory] }))
  );
}

async function importFile(path) {
  return await import(pathToFileURL(path).href);
}

/** AWS's newer client imports everything; `require` gives the same and is faster, unless the file is an ES module after all. */
function requireOrImport(path) {
  try {
    return requireFromRuntime(path);
  } catch (error) {
    if (error?.code === 'ERR_REQUIRE_ASYNC_MODULE' || error?.code === 'ERR_REQUIRE_ESM') return importFile(path);
    throw error;
  }
}

/** Whether the nearest package.json says `"type": "module"`. The search ends at a node_modules directory. */
function hasTypeModule(directory) {
  if (directory.endsWith('/node_modules')) return false;
  const path = join(directory, 'package.json');
  if (existsSync(path)) {
    try {
      return JSON.parse(readFileSync(path, 'utf8'))?.type === 'module';
    } catch (error) {
      console.warn(`${path} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  return directory !== dirname(directory) && hasTypeModule(dirname(directory));
}

function pick(module, path, modern) {
  const within = (value) => path.reduce((nested, key) => nested?.[key], value);
  const found = within(module);
  if (found || !modern) return found;
  // The newer client sees every module as an import: CommonJS exports are its default export.
  return within(module.default) || within({ default: module });
}

function checked(handler, name, modern) {
  if (!handler) throw new HandlerNotFound(`${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new HandlerNotFound(`${name} is not a function`);
  // (event, responseStream, context)
  if (isStreaming(handler)) return handler;
  if (handler.length >= 3) refuseCallback(handler, modern);
  return handler;
}

/** From Node 24 on AWS refuses handlers that take a callback; before, it warns about three parameters. */
function refuseCallback(handler, modern) {
  if (modern) {
    throw new CallbackHandlerDeprecated(
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
    );
  }
  if (handler.length !== 3 || handler.constructor?.name === 'AsyncFunction') return;
  if (process.env.AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING !== undefined) return;
  console.warn(
    'AWS Lambda plans to remove support for callback-based function handlers starting with Node.js 24. You will need to update this function to use an async handler to use Node.js 24 or later. For more information and to provide feedback on this change, see https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/137. To disable this warning, set the AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING environment variable.',
  );
}

function explained(error) {
  if (error instanceof SyntaxError) return new UserCodeSyntaxError(error);
  if (error?.code === 'MODULE_NOT_FOUND') return new ImportModuleError(error);
  return error;
}

module.exports = { loadHandler };
