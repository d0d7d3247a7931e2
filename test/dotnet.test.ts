// .NET functions as their authors deploy them, on a real .NET with a real compiler: class libraries, whose handlers Lambent's
// own library calls, executables, and the example. Through the official client.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkout, runLambent, withoutAwsSettings } from '../scripts/server-process.ts';
import { deploy, type FunctionSource, type Invoked, invoke } from './deploy.ts';
import { dotnetSdk, RUNTIME_CONFIG } from './dotnet-sdk.ts';
import { cleanUpOf, type LambdaClient, lambdaClient, lambdaSdk, serve, temporaryDirectory, text } from './server.ts';

const SDK_MS_MAX = 600_000;

const found = await dotnetSdk();

describe('.NET functions', { timeout: SDK_MS_MAX }, () => {
  if ('leftOut' in found) {
    test('on the .NET that this machine can have', (t) => t.diagnostic(found.leftOut));
    return;
  }
  const sdk = found;
  const cleanUp = cleanUpOf({ after });
  let client: LambdaClient;
  let env: NodeJS.ProcessEnv;
  let compiled: string;
  const source = (name: string) => join(checkout, 'test/dotnet', name);
  const output = (name: string) => readFileSync(join(compiled, name));

  before(async () => {
    const directory = await temporaryDirectory(cleanUp);
    compiled = join(directory, 'compiled');
    mkdirSync(compiled);
    const core = join(compiled, 'Amazon.Lambda.Core.dll');
    const serializer = join(compiled, 'Amazon.Lambda.Serialization.SystemTextJson.dll');
    const references = [core, serializer];
    await sdk.compile(core, [source('lambda-core.cs')]);
    await sdk.compile(serializer, [source('serializer.cs')], { references: [core] });
    await Promise.all([
      sdk.compile(join(compiled, 'Forms.dll'), [source('forms.cs')], { references }),
      sdk.compile(join(compiled, 'Hello.dll'), [join(checkout, 'examples/hello-dotnet/function.cs')], { references }),
    ]);
    await Promise.all([
      sdk.compile(join(compiled, 'Plain.dll'), [source('plain.cs')]),
      sdk.compile(join(compiled, 'Executable.dll'), [source('executable.cs')], { isProgram: true }),
    ]);
    env = { ...withoutAwsSettings(), DOTNET_ROOT: sdk.root, LAMBENT_RUNTIMES_DIR: join(directory, 'runtimes') };
    client = lambdaClient(cleanUp, await serve(cleanUp, { env }));
  });

  const WRAPPER = { 'bin/wrapper.sh': '#!/bin/sh\nexport WRAPPED=yes\nexec "$@"\n' };

  /** As `dotnet publish` lays it out. */
  function published(assembly: string, packages: readonly string[] = []): Record<string, string | Buffer> {
    const key = (name: string) => `${name}/1.0.0`;
    const files = (name: string) => ({
      runtime: { [`${packages.includes(name) ? 'lib/net8.0/' : ''}${name}.dll`]: {} },
    });
    const all = [assembly, ...packages];
    const target = '.NETCoreApp,Version=v8.0';
    const deps = {
      runtimeTarget: { name: target, signature: '' },
      targets: { [target]: Object.fromEntries(all.map((name) => [key(name), files(name)])) },
      libraries: Object.fromEntries(
        all.map((name) => [
          key(name),
          { type: packages.includes(name) ? 'package' : 'project', serviceable: false, sha512: '' },
        ]),
      ),
    };
    return {
      ...Object.fromEntries(all.map((name) => [`${name}.dll`, output(`${name}.dll`)])),
      [`${assembly}.deps.json`]: JSON.stringify(deps),
      [`${assembly}.runtimeconfig.json`]: RUNTIME_CONFIG,
    };
  }
  const AWS = ['Amazon.Lambda.Core', 'Amazon.Lambda.Serialization.SystemTextJson'];
  const COMMON = { runtime: 'dotnet8', memoryMb: 1769, timeoutS: 30 } as const;

  let counter = 0;
  async function deployed(change: Partial<FunctionSource> & { handler: string }): Promise<string> {
    counter += 1;
    const name = `dotnet-${counter}`;
    await deploy(client, { ...COMMON, name, files: published('Forms', AWS), ...change });
    return name;
  }
  const form = (method: string, change: Partial<FunctionSource> = {}) =>
    deployed({ handler: `Forms::Forms.Function::${method}`, ...change });
  const failure = ({ error, text }: Invoked) => {
    assert.equal(error, 'Unhandled');
    return JSON.parse(text) as { errorType: string; errorMessage: string; stackTrace?: string[]; cause?: object };
  };

  test('class libraries wait for the library that an SDK compiles once, and the running server finds it then', async () => {
    const name = await form('Number');
    const told = failure(await invoke(client, name, 1));
    assert.match(
      told.errorMessage,
      /which a \.NET SDK compiles once: install one, and type: lambent runtime add dotnet8$/,
    );
    const added = await runLambent(['runtime', 'add', 'dotnet8'], env);
    assert.equal(added.code, 0, added.stderr);
    assert.equal((await invoke(client, name, 1)).text, '2');
  });

  test('the example greets, counts in one environment, fails and logs as on AWS', async () => {
    const name = await deployed({ handler: 'Hello::Hello.Function::Greet', files: published('Hello', AWS) });
    const first = await invoke(client, name, { name: 'Ada' });
    const greeting = { Message: 'Hello, Ada!', Count: 1, Function: name, Runtime: '.NET 8.0.4' };
    assert.deepEqual(JSON.parse(first.text), greeting);
    const line = /\n\d{4}-\d\d-\d\dT[\d:.]+Z\t([0-9a-f-]{36})\tinfo\tgreeting Ada\n/.exec(first.log);
    assert.match(first.log, new RegExp(`START RequestId: ${line?.[1]} Version`));
    assert.match(first.log, /REPORT RequestId: .*\tMemory Size: 1769 MB\t.*Init Duration: /);
    assert.equal(JSON.parse((await invoke(client, name, { name: 'Zoë' })).text).Message, 'Hello, Zoë!');
    const { stackTrace = [], ...told } = failure(await invoke(client, name, {}));
    assert.deepEqual(told, { errorType: 'ArgumentException', errorMessage: 'who is it?' });
    assert.match(
      stackTrace.join('\n'),
      /^at Hello\.Function\.Greet\(Dictionary`2 request, ILambdaContext context\).*$/,
    );
    assert.equal(JSON.parse((await invoke(client, name, { name: 'Eve' })).text).Count, 3);
  });

  test('handlers of every form are called', async () => {
    const forms: [method: string, event: unknown, answer: unknown][] = [
      ['Number', 41, 42],
      ['Poco', { x: 2, name: 'é' }, { X: 4, Name: 'é' }],
      ['Points', [{ X: 1, Name: 'a' }], [{ X: 1, Name: 'a' }]],
      ['Inherited', 'called', 'called from the base'],
      ['Hidden', {}, 'found'],
      ['Later', 'late', 'LATE'],
    ];
    await Promise.all(
      forms.map(async ([method, event, expected]) => {
        const { text, error } = await invoke(client, await form(method), event);
        assert.deepEqual([error, JSON.parse(text)], [undefined, expected], method);
      }),
    );
    assert.equal((await invoke(client, await form('Bytes'), 'ö')).text, '"ö"é');
    for (const method of ['Nothing', 'NothingLater']) {
      assert.deepEqual([method, (await invoke(client, await form(method), 'x')).text], [method, '']);
    }
    const count = await form('Count');
    assert.deepEqual([(await invoke(client, count)).text, (await invoke(client, count)).text], ['1', '2']);
    const plain = await deployed({ handler: 'Plain::Plain::Echo', files: published('Plain') });
    assert.equal((await invoke(client, plain, { as: 'it is' })).text, '{"as":"it is"}');
  });

  test('the context tells what AWS tells, and the process is as on AWS', async () => {
    const name = await form('Context');
    const { InvokeCommand } = lambdaSdk();
    const ClientContext = Buffer.from('{"client":{"app_title":"ü"},"custom":{"k":"v"}}').toString('base64');
    const answer = await client.send(new InvokeCommand({ FunctionName: name, ClientContext, Payload: '{}' }));
    const { id, arn, ...context } = JSON.parse(text(answer.Payload));
    assert.equal(id, answer.$metadata.requestId);
    assert.match(arn, new RegExp(`:function:${name}$`));
    assert.deepEqual(context, {
      ...{ name, version: '$LATEST', memory: 1769, group: `/aws/lambda/${name}`, left: true, trace: true },
      ...{ custom: 'v', app: 'ü', identity: null, directory: '/var/task', wrapped: null },
    });
  });

  test('errors are told with their causes and their stack, and the environment goes on', async () => {
    const { stackTrace = [], cause, ...told } = failure(await invoke(client, await form('Fail')));
    assert.deepEqual(told, { errorType: 'InvalidOperationException', errorMessage: 'as asked' });
    assert.deepEqual(cause, { errorType: 'IOException', errorMessage: 'below' });
    assert.match(stackTrace[0] ?? '', /^at Forms\.Function\.Fail\(Object any\)/);
    assert.equal(stackTrace.length, 1);
    const name = await form('FailLater');
    const first = await invoke(client, name);
    const later = failure(first);
    assert.deepEqual([later.errorType, later.errorMessage], ['ArgumentException', 'too late']);
    assert.match(first.log, /\tfail\tSystem\.ArgumentException: too late\n {3}at Forms\.Function\.FailLater/);
    assert.doesNotMatch((await invoke(client, name)).log, /Init Duration/);
    const ended = failure(await invoke(client, await form('Exit')));
    assert.match(ended.errorMessage, /Runtime exited with error: exit status 3$/);
    // What the handler has been given is not what it takes.
    assert.equal(failure(await invoke(client, await form('Number'), 'text')).errorType, 'JsonException');
  });

  test('large events and answers pass, and one that is too large is an error after which the environment goes on', async () => {
    const name = await form('Large');
    assert.equal((await invoke(client, name, 5)).text.length, (5 << 20) + 3);
    assert.equal(failure(await invoke(client, name, 7)).errorType, 'Function.ResponseSizeTooLarge');
    assert.equal((await invoke(client, name, 0)).text, '"3"');
    const event = 'é'.repeat(2 << 20);
    assert.equal((await invoke(client, await form('Bytes'), event)).text, `"${event}"é`);
  });

  test('a handler that cannot be called is told in AWS’s words', async () => {
    const handlers: [handler: string, words: RegExp][] = [
      [
        'Forms::Forms.Function',
        /^Invalid lambda function handler: 'Forms::Forms\.Function'\. The valid format is 'ASSEMBLY::TYPE::METHOD'\.$/,
      ],
      ['Forms::::Fail', /'Forms::::Fail', the type is missing\. The valid format/],
      [
        'Nope::A::B',
        /^Could not find the specified handler assembly with the file name 'Nope, .*The assembly should be located in the root of your uploaded \.zip file\.$/,
      ],
      ['Forms::Forms.Nope::A', /^Unable to load type 'Forms\.Nope' from assembly 'Forms'\.$/],
      [
        'Forms::Forms.Function::Nope',
        /^Unable to find method 'Nope' in type 'Forms\.Function' from assembly 'Forms': Found no methods matching method name 'Nope'\.$/,
      ],
      [
        'Forms::Forms.Function::Over',
        /appears to have a number of overloads\. .*candidates are:\nSystem\.String Over\(System\.String\)\nSystem\.String Over\(System\.String, /,
      ],
      ['Forms::Forms.Function::AsyncVoid', /because it is an 'async void' method/],
      ['Forms::Forms.Function::Generic', /because it is a generic method/],
      ['Forms::Forms.Function::Params', /because it is a 'params' method/],
      [
        'Forms::Forms.Function::Three',
        /^Method 'Three' of type 'Forms\.Function' is not supported: the method has more than 2 parameters\.$/,
      ],
      [
        'Forms::Forms.Function::Second',
        /the second parameter is not of type 'Amazon\.Lambda\.Core\.ILambdaContext'\.$/,
      ],
      ['Forms::Forms.Abstract::Handle', /because its type 'Forms\.Abstract' is abstract/],
    ];
    await Promise.all(
      handlers.map(async ([handler, words]) => {
        const told = failure(await invoke(client, await deployed({ handler })));
        assert.equal(told.errorType, 'LambdaValidationException', handler);
        assert.match(told.errorMessage, words);
      }),
    );
    const plain = await deployed({ handler: 'Plain::Plain::Text', files: published('Plain') });
    assert.match(
      failure(await invoke(client, plain)).errorMessage,
      /^Could not find the LambdaSerializerAttribute on the assembly 'Plain' or method 'Text' while attempting to deserialize input data of type 'System\.String'\./,
    );
    const broken = failure(await invoke(client, await deployed({ handler: 'Forms::Forms.Broken::Handle' })));
    assert.equal(broken.errorType, 'TargetInvocationException');
    assert.equal((broken.cause as { errorMessage?: string }).errorMessage, 'no init');
  });

  test('what AWS’s start script misses ends it with AWS’s exit status', async () => {
    const { 'Forms.deps.json': _, ...noDeps } = published('Forms', AWS);
    const { 'Forms.runtimeconfig.json': __, ...noConfig } = published('Forms', AWS);
    for (const [files, handler, status] of [
      [noDeps, 'Forms::A::B', 105],
      [noConfig, 'Forms::A::B', 106],
      [noConfig, 'Nope', 104],
    ] as const) {
      const ended = await invoke(client, await deployed({ handler, files }));
      assert.match(failure(ended).errorMessage, new RegExp(`Runtime exited with error: exit status ${status}$`));
    }
  });

  test('logs have AWS’s forms: time, request and level, one event for many lines, or JSON', async () => {
    const plainLog = (await invoke(client, await form('Log'))).log;
    const lines = plainLog.split('\n').map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z\t[0-9a-f-]{36}\t/, ''));
    const expected = [
      'info\tprinted',
      'fail\ttold 1',
      'raw',
      'trce\tof no level',
      'info\ta line',
      'warn\ttwo',
      'lines',
    ];
    assert.deepEqual(lines.slice(lines.indexOf('info\tprinted')).slice(0, 9), [
      ...expected,
      'info\tAda bought 007',
      'fail\tfailed',
    ]);
    assert.match(plainLog, /fail\tfailed\nSystem\.InvalidOperationException: as asked\n/);

    const json = await form('Log', {
      variables: { AWS_LAMBDA_HANDLER_LOG_FORMAT: 'Json', AWS_LAMBDA_HANDLER_LOG_LEVEL: 'debug' },
    });
    const told = (await invoke(client, json)).log.split('\n').filter((line) => line.startsWith('{"timestamp"'));
    const [printed, , , , , , bought, failed] = told.map((line) => JSON.parse(line));
    assert.deepEqual([printed.level, printed.message], ['Information', 'printed']);
    assert.match(printed.requestId, /^[0-9a-f-]{36}$/);
    assert.deepEqual([bought.message, bought.user, bought.count], ['Ada bought 007', 'Ada', '007']);
    assert.deepEqual([failed.errorType, failed.errorMessage], ['System.InvalidOperationException', 'as asked']);
    assert.equal(
      told.some((line) => line.includes('left out')),
      true,
      'the lowest level is Debug',
    );
  });

  test('executables ask for events themselves, and a wrapper script starts both kinds', async () => {
    const files = { ...published('Executable'), ...WRAPPER };
    const program = await deployed({ handler: 'Executable', files });
    assert.equal((await invoke(client, program, 1)).text, '1 ');
    const variables = { AWS_LAMBDA_EXEC_WRAPPER: '/var/task/bin/wrapper.sh' };
    const wrapped = await deployed({ handler: 'Executable', files, variables });
    assert.equal((await invoke(client, wrapped, 2)).text, '2 yes');
    const library = await form('Context', { files: { ...published('Forms', AWS), ...WRAPPER }, variables });
    assert.equal(JSON.parse((await invoke(client, library)).text).wrapped, 'yes');
    const missing = await form('Context', { variables: { AWS_LAMBDA_EXEC_WRAPPER: '/var/task/none' } });
    assert.match(failure(await invoke(client, missing)).errorMessage, /Runtime exited with error: exit status 127$/);
  });

  test('with SnapStart, the hooks run: before the snapshot from the last to the first, then those after it', async () => {
    const {
      GetFunctionConfigurationCommand,
      InvokeCommand,
      PublishVersionCommand,
      UpdateFunctionConfigurationCommand,
    } = lambdaSdk();
    const FunctionName = await deployed({ handler: 'Forms::Forms.Snapshot::Hooks' });
    const SnapStart = { ApplyOn: 'PublishedVersions' } as const;
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, SnapStart }));
    await settled({ FunctionName });
    await client.send(new PublishVersionCommand({ FunctionName }));
    await settled({ FunctionName, Qualifier: '1' });
    const { Payload } = await client.send(new InvokeCommand({ FunctionName, Qualifier: '1' }));
    assert.deepEqual(JSON.parse(text(Payload)), ['before 2', 'before 1', 'after']);

    async function settled(which: { FunctionName: string; Qualifier?: string }): Promise<void> {
      for (;;) {
        const shown = await client.send(new GetFunctionConfigurationCommand(which));
        if (shown.State === 'Active' && shown.LastUpdateStatus !== 'InProgress') return;
        assert.notEqual(shown.State, 'Failed', shown.StateReason);
        await sleep(20);
      }
    }
  });
});
