// boto3 reads what is set for a function beside its code, and what it is made of, as botocore's own model says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { pythonWithBoto3 } from './boto3.ts';
import { deploy, zipOf } from './deploy.ts';
import { cleanUpOf, lambdaClient, serve, temporaryDirectory } from './server.ts';

test('boto3 signs, shares, tags and limits as on AWS', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const files = { 'index.js': 'exports.handler = async () => 1;' };
  await deploy(lambdaClient(cleanUp, server), { name: 'hello', runtime: 'nodejs24.x', files });
  const zipFile = join(await temporaryDirectory(cleanUp), 'code.zip');
  await writeFile(zipFile, await zipOf(files));

  const env = { ...process.env, ...server.env };
  const script = join(import.meta.dirname, 'boto3-controls.py');
  const { stdout } = await promisify(execFile)(await pythonWithBoto3(env), [script, 'hello', zipFile], { env });
  const { 'left out': leftOut, ...seen } = JSON.parse(stdout);
  if (leftOut.length > 0) t.diagnostic(`left out, since this boto3 does not know it: ${leftOut.join(', ')}`);
  assert.deepEqual(seen, {
    'config created': [201, { UntrustedArtifactOnDeployment: 'Warn' }],
    'config kept': true,
    'config tags': { team: 'a' },
    'config put': [true, 200],
    configs: true,
    'functions of config': true,
    unsigned: ['CodeVerificationFailedException', 400],
    'config in use': ['ResourceConflictException', 409],
    'config taken': 204,
    'no config': {},
    'config deleted': [204, 204],
    'config gone': ['ResourceNotFoundException', 404],
    layer: [3, true, ''],
    'layer by number': true,
    'layer by arn': true,
    versions: [3, 2, 1],
    'versions for python': [3, 1],
    'latest for node': [['tools', 2]],
    'layer deleted': ['ResourceNotFoundException', 404],
    stale: ['PreconditionFailedException', 412],
    policy: ['a', 'b'],
    'new revision': true,
    removed: 204,
    ...(leftOut.includes('RuntimeManagementConfig') ? {} : RUNTIME),
    ...(leftOut.includes('RecursionConfig') ? {} : RECURSION),
    tags: [204, { b: '2' }],
    reserved: [900, ['InvalidParameterValueException', 400], 100, 204, {}],
  });
});

const RUNTIME = {
  runtime: ['Auto', true],
  'runtime put': [200, true],
  'no such runtime version': ['InvalidParameterValueException', 400],
};
const RECURSION = { recursion: ['Terminate', 'Allow', 'Allow'] };
