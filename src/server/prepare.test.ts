import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Runnable } from '../functions/runnable.ts';
import { prepare } from './prepare.ts';

test('a function for another processor fails, and is told what to do', async () => {
  assert.deepEqual(await prepared('x86_64', 'arm64'), {
    ok: false,
    reasonCode: 'InvalidConfiguration',
    reason:
      'The function is for arm64, and this machine is x86_64. Build it for x86_64 and update its code with Architectures ["x86_64"].',
  });
  assert.equal((await prepared('arm64', 'x86_64')).ok, false);
});

test('a function for the machine’s own processor passes', async () => {
  for (const one of ['x86_64', 'arm64'] as const) assert.deepEqual(await prepared(one, one), { ok: true });
});

function prepared(machine: Runnable['architecture'], function_: Runnable['architecture']) {
  const runnable: Runnable = {
    id: 'one',
    account: '000000000000',
    region: 'eu-west-1',
    name: 'hello',
    version: '$LATEST',
    functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:hello',
    roleArn: 'arn:aws:iam::000000000000:role/r',
    runtime: 'nodejs24.x',
    architecture: function_,
    handler: 'index.handler',
    timeoutMs: 3_000,
    memoryMb: 128,
    ephemeralMb: 512,
    variables: {},
    codeDigest: '0'.repeat(64),
    layerDigests: [],
    snapStart: false,
    logGroup: '/aws/lambda/hello',
    customLogGroup: false,
    tracing: 'PassThrough',
  };
  return prepare({
    runtimes: { status: (name) => ({ kind: 'ready', name, version: '24.0.0', path: '/node' }) },
    environments: { expect: () => {}, rehearse: () => Promise.reject(new Error('no SnapStart here')) },
    architecture: machine,
  })(runnable);
}
