import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, test } from 'node:test';
import { launchScript } from './launch-script.ts';
import { providedRuntime } from './provided-runtime.ts';

const LAUNCHER = `${providedRuntime('provided.al2023').launch(128).mounts[0]?.source}/launch.sh`;

/** Starts the launcher as a pooled sandbox would, sends it a script, and reads what the program prints. */
async function run(shell: readonly string[], script: string): Promise<{ output: string; code: number | null }> {
  const [program = '', ...args] = [...shell, LAUNCHER];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin', LEFT: 'over' },
  });
  const [, stdout, , channel] = child.stdio as unknown as [null, NodeJS.ReadableStream, null, NodeJS.WritableStream];
  let output = '';
  stdout.on('data', (chunk) => {
    output += chunk;
  });
  channel.end(script);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { output, code };
}

const HOSTILE = {
  PLAIN: 'value',
  EMPTY: '',
  SPACES: '  a  b\t',
  QUOTES: `'"'"'\\'' "x" \`id\` $(id) \${PATH} $HOME \\`,
  LINES: 'one\n\ntwo\n',
  UNICODE: 'ü 日本語 \u{1f600}',
  EQUALS: 'a=b=c',
  STAR: '*',
  DASH: '-n',
  // Names that mean something to a shell.
  UID: 'text',
  PPID: '1',
  OPTIND: 'text',
  IFS: 'abc',
  SHLVL: '7',
  PS4: '$(id)',
  LONG: 'x'.repeat(100_000),
  _HANDLER: 'bootstrap',
};

const shells = [['/bin/sh'], ['/bin/bash', '--posix'], ['/bin/dash']].filter(([shell = '']) => existsSync(shell));

for (const shell of shells) {
  describe(`a custom runtime launched by ${shell.join(' ')}`, { concurrency: true }, () => {
    test('has exactly the environment it was given, to the byte', async () => {
      const script = launchScript({ env: HOSTILE, cwd: '/', program: '/usr/bin/env', args: ['-0'] });
      const { output, code } = await run(shell, script);
      const expected = Object.entries(HOSTILE).map(([name, value]) => `${name}=${value}`);
      assert.deepEqual(output.split('\0').slice(0, -1).sort(), expected.sort());
      assert.equal(code, 0);
    });

    test('has its arguments and its working directory', async () => {
      const args = ['-c', 'printf "%s|" "$PWD" "$@"', 'name', '', "a'b", 'c\nd'];
      const { output } = await run(shell, launchScript({ env: {}, cwd: tmpdir(), program: '/bin/sh', args }));
      assert.equal(output, `${tmpdir()}||a'b|c\nd|`);
    });

    test('does not have the platform’s descriptors', async () => {
      const args = ['-c', 'for fd in 3 4; do (: >&$fd) 2>/dev/null && echo $fd; done; echo done'];
      assert.equal((await run(shell, launchScript({ env: {}, cwd: '/', program: '/bin/sh', args }))).output, 'done\n');
    });

    test('is not started without a working directory, and nothing is when the platform hangs up', async () => {
      const nowhere = launchScript({ env: {}, cwd: '/no/such/place', program: '/bin/echo', args: ['started'] });
      assert.deepEqual(await run(shell, nowhere), { output: '', code: 1 });
      assert.deepEqual(await run(shell, ''), { output: '', code: 0 });
    });
  });
}

test('what cannot be in an environment is refused', () => {
  const launch = { env: {}, cwd: '/', program: '/bin/true', args: [] };
  assert.throws(() => launchScript({ ...launch, env: { 'A=B': '' } }), /not the name of a variable: "A=B"/);
  assert.throws(() => launchScript({ ...launch, env: { '': 'x' } }), /not the name of a variable/);
  assert.throws(() => launchScript({ ...launch, env: { A: 'a\0b' } }), /zero byte/);
  assert.throws(() => launchScript({ ...launch, program: '/tmp/a=b' }), /with "=" in its path/);
});
