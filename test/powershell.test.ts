// The PowerShell example, where this machine has PowerShell, and where it has none.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkout } from '../scripts/server-process.ts';
import { deploy, type Files, invoke } from './deploy.ts';
import { hasProgram } from './runtime-client-builds.ts';
import { cleanUpOf, lambdaClient, serve } from './server.ts';

const example = join(checkout, 'examples/hello-powershell');
const files: Files = Object.fromEntries(
  ['bootstrap', 'runtime.ps1', 'hello.ps1'].map((name) => [name, readFileSync(join(example, name))]),
);
const HELLO = { runtime: 'provided.al2023', handler: 'hello.ps1::Get-Greeting', memoryMb: 1769, timeoutS: 60 } as const;

const hasPwsh = await hasProgram('pwsh');

test('the PowerShell example greets, counts in one environment and fails', async (t) => {
  if (!hasPwsh) return t.diagnostic('left out: there is no pwsh on PATH');
  const cleanUp = cleanUpOf(t);
  // Without isolation, since functions see no PowerShell that is outside of the system's /usr.
  const client = lambdaClient(cleanUp, await serve(cleanUp, { args: ['--sandbox', 'process'] }));
  await deploy(client, { ...HELLO, name: 'hello', files });
  for (const count of [1, 2]) {
    const { text, log } = await invoke(client, 'hello', { name: 'Zoë' });
    assert.deepEqual(JSON.parse(text), { message: 'Hello, Zoë!', count, function: 'hello' });
    assert.match(log, /\ngreeting Zoë\n/);
  }
  const failed = await invoke(client, 'hello', {});
  const { stackTrace, ...told } = JSON.parse(failed.text);
  assert.deepEqual([failed.error, told], ['Unhandled', { errorType: 'ArgumentException', errorMessage: 'who is it?' }]);
  assert.match(stackTrace[0], /Get-Greeting/);
  await deploy(client, { ...HELLO, name: 'absent', handler: 'hello.ps1::Get-Nothing', files });
  assert.equal(JSON.parse((await invoke(client, 'absent')).text).errorType, 'CommandNotFoundException');
});

test('where there is no PowerShell its bootstrap ends with a status that says so', async (t) => {
  if (hasPwsh) return t.diagnostic('left out: there is a pwsh on PATH');
  const cleanUp = cleanUpOf(t);
  const client = lambdaClient(cleanUp, await serve(cleanUp));
  await deploy(client, { ...HELLO, name: 'hello', files });
  assert.match((await invoke(client, 'hello', {})).text, /Runtime exited with error: exit status 127"/);
});
