import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { taskDirectory } from '../testing/guest-process.ts';
import { dotnetFinder } from './dotnet-finder.ts';
import { dotnetProgram } from './dotnet-program.ts';

test('a dotnet is found with its runtimes, the newest of each version; what is not released is not', async () => {
  using dir = taskDirectory({ 'root/dotnet': '', 'home/.dotnet/dotnet': '', 'path/dotnet': '' });
  for (const version of ['root/8.0.9', 'root/8.0.11', 'root/10.0.0-rc.1', 'home/.dotnet/6.0.36']) {
    const [, root, name = ''] = /^(.*)\/(.*)$/.exec(version) ?? [];
    mkdirSync(join(dir.path, `${root}/shared/Microsoft.NETCore.App/${name}`), { recursive: true });
  }
  const root = join(dir.path, 'root');
  const host = { env: { DOTNET_ROOT: root, PATH: join(dir.path, 'path') }, home: join(dir.path, 'home') };
  const finder = dotnetFinder({ host });
  await finder.look();
  const ready = { kind: 'ready', name: 'dotnet8', version: '8.0.11', path: join(root, 'dotnet') };
  assert.deepEqual(finder.status('dotnet8'), ready);
  assert.equal(finder.status('dotnet6').kind, 'ready');
  assert.equal(finder.status('dotnet10').kind, 'missing');
  const signal = AbortSignal.timeout(1_000);
  await assert.rejects(
    finder.add('dotnet10', () => {}, signal),
    /\.NET 10 is not on this machine\. .*--path FILE/,
  );
  assert.deepEqual(finder.get('dotnet8').launch(128).mounts[1], { source: root, target: '/var/lang/bin' });
  const named = await finder.named?.inspect('dotnet10', join(root, 'dotnet'), signal);
  assert.equal(named?.version, '8.0.11');
  await assert.rejects(
    async () => finder.named?.inspect('dotnet10', join(dir.path, 'path/dotnet'), signal),
    /There is no/,
  );
});

test('a handler names an assembly of the code, or a program; a class library is told to be not supported', () => {
  using dir = taskDirectory({ 'Hello.dll': '', 'sub/Other.dll': '', native: '', 'directory.dll/x': '' });
  chmodSync(join(dir.path, 'native'), 0o755);
  const paths = { task: '/var/task', opt: '/opt', tmp: '/tmp', mounted: (target: string) => target };
  const check = (handler: string, expected: unknown) =>
    assert.deepEqual(dotnetProgram({ handler, codeDir: dir.path, paths }), expected);
  const run = (assembly: string) => ({ kind: 'found', program: '/var/lang/bin/dotnet', args: ['exec', assembly] });
  const missing = (name: string, base = name) => ({
    kind: 'missing',
    problem: `executable assembly /var/task/${name}.dll or binary /var/task/${base} not found.`,
  });
  check('Hello', run('/var/task/Hello.dll'));
  check('Hello.dll', run('/var/task/Hello.dll'));
  check('sub/Other', run('/var/task/sub/Other.dll'));
  check('native', { kind: 'found', program: '/var/task/native', args: [] });
  check('Left.Out', missing('Left.Out'));
  check('directory', missing('directory'));
  check('../../etc/passwd', missing('etc/passwd'));
  const library = dotnetProgram({ handler: 'A::B.C::D', codeDir: dir.path, paths });
  assert.match(
    library.kind === 'missing' ? library.problem : '',
    /does not run \.NET class libraries \(A::B\.C::D\) yet/,
  );
});
