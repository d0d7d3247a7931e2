'use strict';
// NODE_OPTIONS as a function's variable comes after Node's start (the process waited in the warm pool). What can still
// be had is done here: source maps, the length of stack traces, modules to load first. The rest has no effect.

const { createRequire } = require('node:module');
const { join, resolve } = require('node:path');
const { pathToFileURL } = require('node:url');

/** Answers a promise if ES modules have to be imported. Throws what a required module throws. */
function applyNodeOptions(text, taskRoot) {
  const requireFromTask = createRequire(join(taskRoot, 'index.js'));
  const imports = [];
  for (const [name, value] of options(text)) {
    if (name === '--enable-source-maps') process.setSourceMapsEnabled(true);
    else if (name === '--stack-trace-limit') Error.stackTraceLimit = Number(value);
    else if (name === '--require') requireFromTask(value);
    else if (name === '--import') imports.push(value);
  }
  if (imports.length === 0) return undefined;
  return (async () => {
    for (const specifier of imports) await import(resolved(specifier, taskRoot, requireFromTask));
  })();
}

const WITH_VALUE = new Map([
  ['-r', '--require'],
  ['--require', '--require'],
  ['--import', '--import'],
  ['--stack-trace-limit', '--stack-trace-limit'],
]);

/** Node's own rule: words between spaces, double quotes keep spaces, a backslash in quotes keeps the next character. */
function* options(text) {
  const words = (text.match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? []).map((word) =>
    word.replace(/"((?:\\.|[^"\\])*)"/g, (_all, inner) => inner.replace(/\\(.)/g, '$1')),
  );
  for (let at = 0; at < words.length; at += 1) {
    const [, given, inline] = /^([^=]*)(?:=(.*))?$/s.exec(words[at]);
    const name = WITH_VALUE.get(given) ?? given.replaceAll('_', '-');
    yield [name, inline ?? (WITH_VALUE.has(given) ? words[++at] : undefined)];
  }
}

function resolved(specifier, taskRoot, requireFromTask) {
  if (/^[./]/.test(specifier)) return pathToFileURL(resolve(taskRoot, specifier)).href;
  if (/^[a-z]+:/.test(specifier)) return specifier;
  return pathToFileURL(requireFromTask.resolve(specifier)).href;
}

module.exports = { applyNodeOptions };
