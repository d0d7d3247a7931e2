import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, test } from 'node:test';
import { launchFrame, launchScript, type ProgramLaunch } from './launch-script.ts';
import { LAUNCHER_MOUNT } from './launcher.ts';
import { taskDirectory } from './testing/guest-process.ts';

const LAUNCHER = `${LAUNCHER_MOUNT.source}/launch.sh`;

/** Starts the launcher as a pooled sandbox would, sends it these bytes, and reads what the program prints. */
async function run(shell: readonly string[], sent: Buffer): Promise<{ output: string; code: number | null }> {
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
  channel.end(sent);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { output, code };
}

const LAUNCH: ProgramLaunch = { env: {}, cwd: '/', program: '/bin/sh', args: [], keepChannel: false };
const frame = (launch: Partial<ProgramLaunch>) => launchFrame(launchScript({ ...LAUNCH, ...launch }));

const HOSTILE = {
  PLAIN: 'value',
  EMPTY: '',
  SPACES: '  a  b\t',
  QUOTES: `'"'"'\\'' "x" \`id\` $(id) \${PATH} $HOME \\`,
  LINES: 'one\n\ntwo\n.\n:\n  :three \\\nfour\rfive\u2028six',
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

const WRAPPER = '#!/bin/sh\necho "wrapped $1"\nexec "$@"\n';

const shells = [['/bin/sh'], ['/bin/bash', '--posix'], ['/bin/dash']].filter(([shell = '']) => existsSync(shell));

for (const shell of shells) {
  describe(`a custom runtime launched by ${shell.join(' ')}`, { concurrency: true }, () => {
    test('has exactly the environment it was given, to the byte', async () => {
      const { output, code } = await run(shell, frame({ env: HOSTILE, program: '/usr/bin/env', args: ['-0'] }));
      const expected = Object.entries(HOSTILE).map(([name, value]) => `${name}=${value}`);
      assert.deepEqual(output.split('\0').slice(0, -1).sort(), expected.sort());
      assert.equal(code, 0);
    });

    test('has its arguments and its working directory', async () => {
      const args = ['-c', 'printf "%s|" "$PWD" "$@"', 'name', '', "a'b", 'c\nd'];
      assert.equal((await run(shell, frame({ cwd: tmpdir(), args }))).output, `${tmpdir()}||a'b|c\nd|`);
    });

    test('does not have the platform’s descriptors', async () => {
      const args = ['-c', 'for fd in 3 4; do (: >&$fd) 2>/dev/null && echo $fd; done; echo done'];
      assert.equal((await run(shell, frame({ args }))).output, 'done\n');
    });

    test('or has them when it is a guest, and nothing of what is sent to it is lost', async () => {
      const args = ['-c', 'cat <&3; : >&4 && echo " and records"'];
      const both = Buffer.concat([frame({ keepChannel: true, args }), Buffer.from('a frame')]);
      assert.equal((await run(shell, both)).output, 'a frame and records\n');
    });

    test('is started by a wrapper, whatever its name', async () => {
      using directory = taskDirectory({ wrapper: WRAPPER, 'a=b': WRAPPER });
      for (const name of ['wrapper', 'a=b']) {
        const wrapper = `${directory.path}/${name}`;
        chmodSync(wrapper, 0o755);
        const { output } = await run(shell, frame({ wrapper, program: '/bin/echo', args: ['one', 'two'] }));
        assert.equal(output, 'wrapped /bin/echo\none two\n');
      }
    });

    test('ends with 127 when it, or its wrapper, is not there', async () => {
      assert.equal((await run(shell, frame({ program: '/no/such' }))).code, 127);
      assert.equal((await run(shell, frame({ wrapper: '/no/such' }))).code, 127);
      assert.equal((await run(shell, frame({ wrapper: '/no/su=ch' }))).code, 127);
    });

    test('is not started without a working directory, and nothing is when the platform hangs up', async () => {
      const nowhere = frame({ cwd: '/no/such/place', program: '/bin/echo', args: ['started'] });
      assert.deepEqual(await run(shell, nowhere), { output: '', code: 1 });
      assert.deepEqual(await run(shell, Buffer.alloc(0)), { output: '', code: 0 });
      const cutOff = frame({ program: '/bin/echo', args: ['started'] }).subarray(0, -2);
      assert.deepEqual(await run(shell, cutOff), { output: '', code: 0 });
    });
  });
}

test('what cannot be in an environment is refused', () => {
  const check = (env: Record<string, string>, words: RegExp) =>
    assert.throws(() => launchScript({ ...LAUNCH, env }), words);
  check({ 'A=B': '' }, /not the name of a variable: "A=B"/);
  check({ '': 'x' }, /not the name of a variable/);
  check({ A: 'a\0b' }, /zero byte cannot be passed to a program: the variable A$/);
});
