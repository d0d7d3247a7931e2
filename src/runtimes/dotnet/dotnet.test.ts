import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { taskDirectory } from '../testing/guest-process.ts';
import { dotnetFinder } from './dotnet-finder.ts';
import { findCompiler } from './dotnet-guest.ts';
import { dotnetProgram } from './dotnet-program.ts';

const log = pino({ level: 'silent' });

test('a dotnet is found with its runtimes, the newest of each version; what is not released is not', async () => {
  using dir = taskDirectory({ 'root/dotnet': '', 'home/.dotnet/dotnet': '', 'path/dotnet': '' });
  for (const version of ['root/8.0.9', 'root/8.0.11', 'root/10.0.0-rc.1', 'home/.dotnet/6.0.36']) {
    const [, root, name = ''] = /^(.*)\/(.*)$/.exec(version) ?? [];
    mkdirSync(join(dir.path, `${root}/shared/Microsoft.NETCore.App/${name}`), { recursive: true });
  }
  const root = join(dir.path, 'root');
  const host = { env: { DOTNET_ROOT: root, PATH: join(dir.path, 'path') }, home: join(dir.path, 'home') };
  const finder = dotnetFinder({ dir: join(dir.path, 'runtimes'), host, log });
  await finder.look();
  const ready = { kind: 'ready', name: 'dotnet8', version: '8.0.11', path: join(root, 'dotnet') };
  assert.deepEqual(finder.status('dotnet8'), ready);
  assert.equal(finder.status('dotnet6').kind, 'ready');
  assert.equal(finder.status('dotnet10').kind, 'missing');
  const signal = AbortSignal.timeout(60_000);
  await assert.rejects(
    finder.add('dotnet10', () => {}, signal),
    /\.NET 10 is not on this machine\. .*--path FILE/,
  );
  // Executables run without an SDK, and class libraries wait for one.
  const said: string[] = [];
  await finder.add('dotnet8', (line) => said.push(line), signal);
  assert.match(said.at(-1) ?? '', /need a C# compiler once: install the package dotnet-sdk-8\.0, and run this command/);
  const [, lang, guest] = finder.get('dotnet8').launch(128).mounts;
  assert.deepEqual([lang, guest?.target], [{ source: root, target: '/var/lang/bin' }, '/var/runtime']);
  const named = await finder.named?.inspect('dotnet10', join(root, 'dotnet'), signal);
  assert.equal(named?.version, '8.0.11');
  await assert.rejects(
    async () => finder.named?.inspect('dotnet10', join(dir.path, 'path/dotnet'), signal),
    /There is no/,
  );
});

test('the newest compiler of the SDKs is taken', () => {
  const csc = (version: string) => `sdk/${version}/Roslyn/bincore/csc.dll`;
  using dir = taskDirectory({ [`a/${csc('8.0.99')}`]: '', [`a/${csc('8.0.404')}`]: '', [`b/${csc('6.0.1')}`]: '' });
  const [a, b] = [join(dir.path, 'a/dotnet'), join(dir.path, 'b/dotnet')];
  assert.deepEqual(findCompiler([b, a]), { dotnet: a, csc: join(dir.path, 'a', csc('8.0.404')) });
  assert.deepEqual(findCompiler([join(dir.path, 'c/dotnet')]), undefined);
});

const PATHS = { task: '/var/task', opt: '/opt', tmp: '/tmp', mounted: (target: string) => target };
const dotnet = (...args: string[]) => ({
  ...{ kind: 'found', program: '/var/lang/bin/dotnet', args: ['exec', ...args], keepChannel: true },
});

/** What starts for a handler: a program with its arguments, or what AWS's script says and the status it ends with. */
function program(
  codeDir: string,
  handler: string,
  variables: Record<string, string> = {},
  guest = '/var/runtime/g.dll',
) {
  const search = { handler, variables: { LAMBDA_RUNTIME_NAME: 'dotnet8', ...variables }, codeDir, paths: PATHS };
  const found = dotnetProgram(search, { hostPath: join(codeDir, 'guest.dll'), inside: guest });
  return found.kind === 'found' && found.program === '/bin/sh' ? found.args.slice(2) : found;
}

test('a handler without a colon names an assembly of the code, or a program', () => {
  using dir = taskDirectory({ 'Hello.dll': '', 'sub/Other.dll': '', native: '', 'directory.dll/x': '' });
  chmodSync(join(dir.path, 'native'), 0o755);
  const check = (handler: string, expected: unknown) => assert.deepEqual(program(dir.path, handler), expected);
  const missing = (name: string) => [
    '104',
    `executable assembly /var/task/${name}.dll or binary /var/task/${name} not found.`,
  ];
  check('Hello', dotnet('/var/task/Hello.dll'));
  check('Hello.dll', dotnet('/var/task/Hello.dll'));
  check('sub/Other', dotnet('/var/task/sub/Other.dll'));
  check('native', { kind: 'found', program: '/var/task/native', args: [], keepChannel: true });
  check('Left.Out', missing('Left.Out'));
  check('directory', missing('directory'));
  check('../../etc/passwd', missing('etc/passwd'));
});

test('a class library starts with its own deps.json and runtimeconfig.json, or with the only ones', () => {
  const library = (name: string, deps = name, config = name) => {
    const files = [`/var/task/${deps}.deps.json`, '--runtimeconfig', `/var/task/${config}.runtimeconfig.json`];
    return dotnet('--depsfile', ...files, '/var/runtime/g.dll', `${name}::T::M`);
  };
  const absent = (status: string, file: string) => [
    status,
    `.NET binaries for Lambda function are not correctly installed in the /var/task directory of the image when the image was built. The /var/task directory is missing the required ${file} file.`,
  ];
  using dir = taskDirectory({ 'guest.dll': '', 'A.deps.json': '', 'B.deps.json': '', 'A.runtimeconfig.json': '' });
  assert.deepEqual(program(dir.path, 'A::T::M'), library('A'));
  assert.deepEqual(program(dir.path, 'B::T::M'), library('B', 'B', 'A'));
  assert.deepEqual(program(dir.path, 'C::T::M'), absent('105', '.deps.json'));
  assert.deepEqual(program(dir.path, 'C::T::M', { LAMBDA_DOTNET_MAIN_ASSEMBLY: 'A.dll' }), library('C', 'A', 'A'));
  using bare = taskDirectory({ 'guest.dll': '', 'A.deps.json': '' });
  assert.deepEqual(program(bare.path, 'A::T::M'), absent('106', '.runtimeconfig.json'));
  using none = taskDirectory({ 'A.deps.json': '' });
  const told = program(none.path, 'A::T::M');
  assert.match('problem' in told ? told.problem : '', /type: lambent runtime add dotnet8$/);
});
