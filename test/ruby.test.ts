// The Ruby example, deployed and invoked with the official SDK.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pack } from '../examples/pack.ts';
import { checkout } from '../scripts/server-process.ts';
import { testRuby } from '../src/runtimes/testing/ruby-interpreter.ts';
import { invoke } from './deploy.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, patience, ROLE, serve } from './server.ts';

test('the Ruby example answers, fails and logs as on AWS, from the pool and again', async (t) => {
  const cleanUp = cleanUpOf(t);
  const ruby = await testRuby();
  t.after(() => ruby[Symbol.dispose]());
  const { name, version } = ruby.runtime;
  const server = await serve(cleanUp, { env: { LAMBENT_RUNTIMES_DIR: ruby.dir } });
  const client = lambdaClient(cleanUp, server);
  const sdk = lambdaSdk();
  const zip = await pack(join(checkout, 'examples/hello-ruby'));
  const deploy = async (functionName: string, handler: string) => {
    await client.send(
      new sdk.CreateFunctionCommand({
        ...{ FunctionName: functionName, Handler: handler, Role: ROLE, Code: { ZipFile: zip } },
        Timeout: 30,
        Runtime: name as 'ruby3.2', // SAFE: the server judges names of runtimes, not the client's list.
      }),
    );
    await sdk.waitUntilFunctionActiveV2(patience(client), { FunctionName: functionName });
  };
  await deploy('hello', 'app.lambda_handler');
  await deploy('formal', 'app.Greetings::Formal.greet');

  const answer = await invoke(client, 'hello', { name: 'Ada ü' });
  assert.deepEqual(JSON.parse(answer.text), {
    ...{ message: 'Hello, Ada ü!', function: 'hello', runtime: `Ruby ${version}` },
  });
  const id = /START RequestId: (\S+)/.exec(answer.log)?.[1];
  assert.match(answer.log, new RegExp(`I, \\[\\S+ #\\d+\\]  INFO ${id} -- : greeting Ada ü`));
  assert.match(answer.log, /Init Duration: /);

  const wrong = await invoke(client, 'hello', { name: '' });
  assert.equal(wrong.error, 'Unhandled');
  const { errorMessage, errorType, stackTrace } = JSON.parse(wrong.text);
  assert.deepEqual([errorMessage, errorType], ['nobody to greet', 'Function<ArgumentError>']);
  assert.match(stackTrace[0], /^\/var\/task\/app\.rb:11:in [`'].*lambda_handler'$/);
  assert.match(wrong.log, /Error raised from handler method\n\{\n {2}"errorMessage": "nobody to greet",/);
  assert.doesNotMatch((await invoke(client, 'hello')).log, /Init Duration: /, 'the environment goes on');

  const formal = await invoke(client, 'formal', { name: 'Grace' });
  assert.deepEqual(JSON.parse(formal.text), { message: 'Good day, Grace.' });
  assert.match(formal.log, /^a formal greeting, in time$/m);
});
