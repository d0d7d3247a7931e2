import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, test } from 'node:test';
import { turns } from '../../lib/testing/turns.ts';
import type { Sandbox, Sandboxes, TmpVolume } from '../sandbox.ts';
import { holdings, processesWith } from './holdings.ts';
import { type Agent, eventually, NEVER, run, spec, startAgent, take } from './inside.ts';

const MIB = 1024 * 1024;

/** What every adapter does, and what one that says it can do more does as well. */
export function sandboxesContract(name: string, open: () => Promise<Sandboxes>): void {
  describe(`${name} sandboxes`, () => {
    let sandboxes: Sandboxes;
    let codeDir: string;
    before(async () => {
      // Not the host's own: another test's directories there would be counted.
      process.env.TMPDIR = mkdtempSync(`${tmpdir()}/sandboxes-`);
      codeDir = makeCode({
        'task/code.txt': 'the code',
        'opt/layer.txt': 'the layer',
        'programs/a=b': '#!/bin/sh\necho $WORD',
      });
      chmodSync(`${codeDir}/programs/a=b`, 0o755);
      sandboxes = await open();
    });
    /** A `/tmp` that is disposed of with all others when the test has ended. */
    const volumes = new Set<TmpVolume>();
    const tmp = (bytes = 16 * MIB): TmpVolume => {
      const volume = sandboxes.tmp(bytes);
      volumes.add(volume);
      return volume;
    };
    afterEach(() => {
      for (const volume of volumes) volume[Symbol.dispose]();
      volumes.clear();
    });
    after(async () => {
      await sandboxes[Symbol.asyncDispose]();
      rmSync(codeDir, { recursive: true });
      const dir = tmpdir();
      delete process.env.TMPDIR;
      rmSync(dir, { recursive: true });
    });

    describe('the first process', () => {
      const ends = async (script: string) => {
        const { code, signal, killedForMemory } = await run(sandboxes, script);
        return { code, signal, killedForMemory };
      };
      const exit = { code: undefined, signal: undefined, killedForMemory: false };
      test('ends well', async () => assert.deepEqual(await ends('exit 0'), { ...exit, code: 0 }));
      test('ends with a code', async () => assert.deepEqual(await ends('exit 3'), { ...exit, code: 3 }));
      test('is terminated', async () => assert.deepEqual(await ends('kill -TERM $$'), { ...exit, signal: 'SIGTERM' }));
      test('is killed', async () => assert.deepEqual(await ends('kill -KILL $$'), { ...exit, signal: 'SIGKILL' }));

      test('is all that writes to its output: no shell says how it ended', async () => {
        for (const supervised of [false, true]) {
          const script = 'echo "of its own" >&2; kill -SEGV $$';
          await using sandbox = await sandboxes.start(spec(script, { supervised }), NEVER);
          // To the end it cannot be read: a sandbox that is freed cuts its streams off.
          let said = '';
          sandbox.output.on('data', (chunk: Buffer) => {
            said += chunk;
          });
          await sandbox.exited;
          await eventually(() => said.includes('\n'), 'what it says has arrived');
          await sandbox[Symbol.asyncDispose]();
          assert.equal(said, 'of its own\n');
        }
      });

      test('does not exist: code 127, as a shell says it', async () => {
        await using sandbox = await sandboxes.start(spec('', { command: ['/no/such/program'] }), NEVER);
        assert.equal((await sandbox.exited).code, 127);
      });

      test('leaves no child behind', async () => {
        const child = `sleep 60.${process.pid}s`;
        await using sandbox = await sandboxes.start(spec(`${child} & echo up >&3; exit 0`), NEVER);
        await sandbox.exited;
        await sandbox[Symbol.asyncDispose]();
        await eventually(() => processesWith(child.slice(6)).length === 0, 'the child is dead');
      });

      test('is given its environment', async () => {
        const { output } = await run(sandboxes, 'echo "$EMPTY|$ODD|$PWD"', { env: { EMPTY: '', ODD: 'a=b "c"\n€' } });
        assert.equal(output, '|a=b "c"\n€|/\n');
      });

      test('is given the working directory’s name it was promised', async () => {
        const { output } = await run(sandboxes, '', {
          command: ['/usr/bin/env'],
          env: { PWD: '/var/task', PATH: '/bin' },
        });
        assert.match(output, /^PWD=\/var\/task$/m);
      });

      test('has descriptors 0 to 4 and no other', async () => {
        const { output } = await run(sandboxes, 'ls /proc/$$/fd');
        assert.equal(output, '0\n1\n2\n3\n4\n');
      });
    });

    describe('what it says', () => {
      test('on 1 and 2 arrives in the order of the lines', async () => {
        const script = 'for i in 1 2 3 4 5 6 7 8 9; do echo out $i; echo err $i >&2; done';
        const lines = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `out ${i}\nerr ${i}\n`).join('');
        assert.equal((await run(sandboxes, script)).output, lines);
      });

      test('on the channel arrives whole both ways, 10 MB as well', async () => {
        await using sandbox = await sandboxes.start(spec('exec tee <&3 >&3'), NEVER);
        for (const size of [1, 10 * MIB]) {
          const sent = Buffer.alloc(size, '0123456789');
          sandbox.channel.write(sent);
          assert.ok((await take(sandbox.channel, size)).equals(sent));
        }
        sandbox.channel.end();
        assert.equal((await sandbox.exited).code, 0);
      });

      test('on 4 arrives, and the end of it', async () => {
        await using sandbox = await sandboxes.start(spec('head -c 1000000 /dev/zero >&4; exec 4>&-; sleep 60'), NEVER);
        assert.equal((await take(sandbox.records, 1_000_000)).length, 1_000_000);
      });

      test('does not reach another sandbox', async () => {
        const outputs = await Promise.all(['a', 'b', 'c'].map((word) => run(sandboxes, `echo ${word}`)));
        assert.deepEqual(
          outputs.map(({ output }) => output),
          ['a\n', 'b\n', 'c\n'],
        );
      });
    });

    describe('code', () => {
      test('appears in a sandbox that already runs', async () => {
        await using agent = await startAgent(sandboxes);
        const paths = agent.sandbox.attach({ taskDir: `${codeDir}/task`, optDir: `${codeDir}/opt`, tmp: tmp() });
        const read = (path: string) => agent.run(`return require('node:fs').readFileSync('${path}', 'utf8')`);
        assert.deepEqual(await read(`${paths.task}/code.txt`), { value: 'the code' });
        assert.deepEqual(await read(`${paths.opt}/layer.txt`), { value: 'the layer' });
      });

      test('without layers has an empty /opt', async () => {
        await using agent = await startAgent(sandboxes);
        const { opt } = agent.sandbox.attach({ taskDir: `${codeDir}/task`, tmp: tmp() });
        assert.deepEqual(await agent.run(`return require('node:fs').readdirSync('${opt}')`), { value: [] });
      });

      test('is attached once in a sandbox’s life', async () => {
        await using sandbox = await sandboxes.start(spec('sleep 60'), NEVER);
        sandbox.attach({ taskDir: `${codeDir}/task`, tmp: tmp() });
        assert.throws(() => sandbox.attach({ taskDir: `${codeDir}/task`, tmp: tmp() }), /takes no code/);
      });

      test('that is not there is an error, and the sandbox can still be freed', async () => {
        await using sandbox = await sandboxes.start(spec('sleep 60'), NEVER);
        if (sandboxes.can.isolate)
          assert.throws(() => sandbox.attach({ taskDir: `${codeDir}/none`, tmp: tmp() }), /ENOENT/);
      });

      test('is what the path means now, though a sandbox still has what it meant before', async () => {
        const dir = makeCode({ 'version.txt': 'one' });
        await using first = await startAgent(sandboxes);
        first.sandbox.attach({ taskDir: dir, tmp: tmp() });
        rmSync(dir, { recursive: true });
        mkdirSync(dir);
        writeFileSync(`${dir}/version.txt`, 'two');
        await using second = await startAgent(sandboxes);
        const { task } = second.sandbox.attach({ taskDir: dir, tmp: tmp() });
        const read = `return require('node:fs').readFileSync('${task}/version.txt', 'utf8')`;
        assert.deepEqual(await second.run(read), { value: 'two' });
        rmSync(dir, { recursive: true });
      });

      test('and interpreters cannot be written to', async () => {
        if (!sandboxes.can.isolate) return;
        await using agent = await startAgent(sandboxes);
        agent.sandbox.attach({ taskDir: `${codeDir}/task`, optDir: `${codeDir}/opt`, tmp: tmp() });
        for (const path of ['/var/task/x', '/var/task/code.txt', '/opt/x', '/var/agent/x', '/var/lang/bin/node']) {
          assert.deepEqual(
            await agent.run(`require('node:fs').writeFileSync('${path}', '')`),
            { error: 'EROFS' },
            path,
          );
        }
      });
    });

    describe('limits', () => {
      test('of memory: who goes over it is killed, it is told, and the next sandbox is well', async () => {
        if (!sandboxes.can.limitMemory) return;
        const limits = { memoryBytes: 64 * MIB, cpus: undefined };
        const { signal, killedForMemory } = await run(sandboxes, 'exec dd if=/dev/zero of=/dev/null bs=200M count=1', {
          limits,
        });
        assert.deepEqual({ signal, killedForMemory }, { signal: 'SIGKILL', killedForMemory: true });
        assert.equal((await run(sandboxes, 'dd if=/dev/zero of=/dev/null bs=20M count=1 2>&1', { limits })).code, 0);
      });

      test('of memory: a child over it dies alone', async () => {
        if (!sandboxes.can.limitMemory) return;
        const limits = { memoryBytes: 64 * MIB, cpus: undefined };
        const script = 'dd if=/dev/zero of=/dev/null bs=200M count=1 2>&1; echo "child $?"; exit 5';
        const { code, killedForMemory, output } = await run(sandboxes, script, { limits });
        assert.match(output, /child 137/);
        assert.deepEqual({ code, killedForMemory }, { code: 5, killedForMemory: true });
      });

      test('of memory can be raised and lowered while it lives', async () => {
        if (!sandboxes.can.limitMemory) return;
        const limits = { memoryBytes: 48 * MIB, cpus: undefined };
        const script =
          'read go <&3; dd if=/dev/zero of=/dev/null bs=100M count=1 2>&1; echo done >&3; read go <&3; exec dd if=/dev/zero of=/dev/null bs=100M count=1';
        await using sandbox = await sandboxes.start(spec(script, { limits }), NEVER);
        sandbox.setLimits({ memoryBytes: 400 * MIB, cpus: 2 });
        sandbox.channel.write('\n');
        assert.equal((await take(sandbox.channel, 5)).toString(), 'done\n');
        sandbox.setLimits({ memoryBytes: 48 * MIB, cpus: 0.5 });
        sandbox.channel.write('\n');
        assert.equal((await sandbox.exited).killedForMemory, true);
      });

      test('of memory: the most that was used is told, also when it has been given back', async () => {
        if (!sandboxes.can.limitMemory) return;
        const script = 'dd if=/dev/zero of=/dev/null bs=60M count=1 2>&1; echo up >&3; read go <&3';
        await using sandbox = await sandboxes.start(spec(script), NEVER);
        assert.ok(sandbox.memoryPeakBytes() < 60 * MIB);
        await take(sandbox.channel, 3);
        const peakBytes = sandbox.memoryPeakBytes();
        assert.ok(peakBytes > 60 * MIB, `${peakBytes}`);
        await sandbox[Symbol.asyncDispose]();
        assert.equal(sandbox.memoryPeakBytes(), peakBytes);
      });

      test('of processor time', async () => {
        if (!sandboxes.can.limitCpu) return;
        await using agent = await startAgent(sandboxes);
        agent.sandbox.setLimits({ memoryBytes: 256 * MIB, cpus: 0.2 });
        const busy = `
          const { user: before } = process.cpuUsage(), end = Date.now() + 500;
          while (Date.now() < end);
          return (process.cpuUsage().user - before) / 1000`;
        const { value } = (await agent.run(busy)) ?? {};
        // A machine that is busy with other things only gives it less.
        assert.ok(Number(value) < 250, `${value} ms in 500 ms, with 0.2 of a core`);
      });

      test('of processes: a fork bomb stays small, and the next sandbox is well', async () => {
        if (!sandboxes.can.limitPids) return;
        const bomb = 'f() { f | f & }; f; sleep 0.5; echo survived';
        await using sandbox = await sandboxes.start(spec(bomb, { pidsMax: 30 }), NEVER);
        sandbox.output.resume();
        await new Promise((resolve) => setTimeout(resolve, 300));
        await sandbox[Symbol.asyncDispose]();
        assert.equal((await run(sandboxes, 'exit 0')).code, 0);
      });

      test('of processes: one below is fine, at it no other is born', async () => {
        if (!sandboxes.can.limitPids) return;
        const many = 'i=0; while [ $i -lt 40 ]; do sleep 60 & i=$((i+1)); done; echo all; kill $(jobs -p)';
        assert.match((await run(sandboxes, many, { pidsMax: 50 })).output, /^all$/m);
        assert.match((await run(sandboxes, many, { pidsMax: 30 })).output, /[Cc]annot fork|Resource temporarily/);
      });

      test('of /tmp: full is an error to the program, and nothing more', async () => {
        if (!sandboxes.can.limitTmp) return;
        const script =
          'head -c 6M /dev/zero >/tmp/a && echo fits; head -c 6M /dev/zero >/tmp/b; rm /tmp/*; echo hi >/tmp/c && cat /tmp/c';
        await using sandbox = await sandboxes.start(spec(`read go <&3; ${script}`), NEVER);
        sandbox.attach({ taskDir: `${codeDir}/task`, tmp: tmp(10 * MIB) });
        sandbox.channel.write('\n');
        assert.match(await text(sandbox.output), /^fits\n.*No space left on device\nhi\n$/);
      });

      test('of /tmp: nothing is no size', () => {
        for (const bytes of [0, -1, 0.5, Number.NaN]) assert.throws(() => tmp(bytes), /not a size/);
      });
    });

    describe('/tmp', () => {
      const attached = async (volume: TmpVolume, waiting?: Agent) => {
        const agent = waiting ?? (await startAgent(sandboxes));
        const paths = agent.sandbox.attach({ taskDir: `${codeDir}/task`, tmp: volume });
        const run = async (code: string) => {
          const answer = await agent.run(`const fs = require('node:fs'), tmp = '${paths.tmp}'; ${code}`);
          assert.equal(answer?.error, undefined);
          return answer?.value;
        };
        return { run, [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose]() };
      };

      test('keeps its files for the next sandbox, which may do with them what it likes', async () => {
        const volume = tmp();
        const first = await attached(volume);
        // From the pool, as it were: it has been there before the first one is gone, so it is another user.
        const waiting = await startAgent(sandboxes);
        await first.run(`
          fs.mkdirSync(tmp + '/dir', { mode: 0o700 });
          fs.writeFileSync(tmp + '/dir/file', 'kept', { mode: 0o600 });
          fs.writeFileSync(Buffer.concat([Buffer.from(tmp + '/dir/'), Buffer.from([0xff])]), '');
          fs.symlinkSync('/etc/passwd', tmp + '/link')`);
        await first[Symbol.asyncDispose]();
        await using second = await attached(volume, waiting);
        assert.equal(await second.run(`return fs.readFileSync(tmp + '/dir/file', 'utf8')`), 'kept');
        assert.deepEqual(
          await second.run(`
            fs.appendFileSync(tmp + '/dir/file', ' and written');
            const content = fs.readFileSync(tmp + '/dir/file', 'utf8');
            fs.chmodSync(tmp + '/dir', 0o755);
            fs.renameSync(tmp + '/dir', tmp + '/moved');
            for (const name of fs.readdirSync(tmp)) fs.rmSync(tmp + '/' + name, { recursive: true });
            return [content, fs.readdirSync(tmp)]`),
          ['kept and written', []],
        );
      });

      test('of another sandbox is another one', async () => {
        await using one = await attached(tmp());
        await using other = await attached(tmp());
        await one.run(`fs.writeFileSync(tmp + '/mine', '')`);
        assert.deepEqual(await other.run('return fs.readdirSync(tmp)'), []);
      });

      test('is in one living sandbox at a time, and in none when it has been disposed of', async () => {
        const volume = tmp();
        await using _first = await attached(volume);
        await assert.rejects(attached(volume), /another sandbox that lives/);
        volume[Symbol.dispose]();
        await assert.rejects(attached(volume), /disposed of/);
      });

      test('can be disposed of while its sandbox lives, which keeps it', async () => {
        const volume = tmp();
        await using agent = await attached(volume);
        await agent.run(`fs.writeFileSync(tmp + '/file', 'still here')`);
        if (!sandboxes.can.isolate) return;
        volume[Symbol.dispose]();
        assert.equal(await agent.run(`return fs.readFileSync(tmp + '/file', 'utf8')`), 'still here');
      });

      test('is read-only and empty before it is attached', async () => {
        if (!sandboxes.can.isolate) return;
        const { output } = await run(sandboxes, 'ls -A /tmp; echo x >/tmp/x');
        assert.match(output, /^[^\n]*Read-only file system\n$/);
      });
    });

    describe('a supervised sandbox', () => {
      const supervised = (script: string) => sandboxes.start(spec(script, { supervised: true }), NEVER);
      const shell = (script: string) => ({
        command: ['/bin/sh', '-c', script],
        cwd: '/',
        env: { PATH: '/usr/bin:/bin' },
      });
      const exit = { code: undefined, signal: undefined, killedForMemory: false };

      test('runs processes beside the first, and tells how each ended', async () => {
        await using sandbox = await supervised('sleep 60');
        sandbox.sideOutput?.resume();
        assert.deepEqual(
          await Promise.all(
            ['exit 0', 'sleep 0.1; exit 3', 'kill -TERM $$', 'kill -KILL $$'].map((script) =>
              sandbox.run(shell(script)),
            ),
          ),
          [
            { ...exit, code: 0 },
            { ...exit, code: 3 },
            { ...exit, signal: 'SIGTERM' },
            { ...exit, signal: 'SIGKILL' },
          ],
        );
        assert.equal((await sandbox.run({ ...shell(''), command: ['/no/such/program'] })).code, 127);
        assert.equal((await sandbox.run({ ...shell(''), cwd: '/no/such/directory' })).code, 1);
      });

      test('gives them their environment and directory, whatever is in it, and nothing else', async () => {
        await using sandbox = await supervised('sleep 60');
        const said = sandbox.sideOutput;
        assert.ok(said);
        const env = { EMPTY: '', ODD: `a=b "c" 'd' $(e) \\ \n.\n+€\tz`, 'not.a-shell.name': '1', UID: '5' };
        const wanted = Object.entries(env)
          .map(([name, value]) => `${name}=${value}\0`)
          .join('');
        await sandbox.run({ command: ['/usr/bin/env', '-0'], cwd: '/usr', env });
        assert.equal((await take(said, Buffer.byteLength(wanted))).toString(), wanted);
        await sandbox.run({
          ...shell('pwd; echo "$1" >&2'),
          cwd: '/usr',
          command: ['/bin/sh', '-c', 'pwd; echo "$1" >&2', 'sh', "it's"],
        });
        assert.equal((await take(said, 10)).toString(), "/usr\nit's\n");
        // Whoever names a file may put a `=` into it.
        const { task } = sandbox.attach({ taskDir: `${codeDir}/programs`, tmp: tmp() });
        assert.equal((await sandbox.run({ command: [`${task}/a=b`], cwd: '/usr', env: { WORD: 'one' } })).code, 0);
        assert.equal((await take(said, 4)).toString(), 'one\n');
        const bad: Record<string, string>[] = [{ 'A=B': '' }, { '': '' }, { A: 'nul\0' }];
        for (const env of bad) {
          await assert.rejects(
            sandbox.run({ ...shell(''), env }),
            /not the name|NUL character cannot be passed to a program: the variable A$/,
          );
        }
      });

      test('gives a side process descriptors 0 to 2 alone, and the first one 0 to 4', async () => {
        await using sandbox = await supervised('ls /proc/$$/fd; sleep 60');
        const said = sandbox.sideOutput;
        assert.ok(said);
        assert.equal((await take(sandbox.output, 10)).toString(), '0\n1\n2\n3\n4\n');
        await sandbox.run(shell('readlink /proc/$$/fd/0; ls /proc/$$/fd'));
        assert.equal((await take(said, 16)).toString(), '/dev/null\n0\n1\n2\n');
      });

      test('keeps the first process as it is in any other: its end, its environment, its signals', async () => {
        for (const [script, end] of [
          ['exit 3', { ...exit, code: 3 }],
          ['kill -KILL $$', { ...exit, signal: 'SIGKILL' }],
        ] as const) {
          await using sandbox = await supervised(script);
          assert.deepEqual(await sandbox.exited, end);
        }
        const env = { EMPTY: '', word: 'a', id: 'b', script: 'c', line: 'd' };
        for (const command of [['/usr/bin/env'], ['/bin/grep', 'SigIgn', '/proc/self/status']]) {
          const plain = await run(sandboxes, '', { command, env });
          await using sandbox = await sandboxes.start(spec('', { command, env, supervised: true }), NEVER);
          assert.equal((await take(sandbox.output, plain.output.length)).toString(), plain.output);
          assert.equal((await sandbox.exited).code, 0);
        }
      });

      test('asks its first process to end', async () => {
        await using sandbox = await supervised('trap "echo bye; exit 9" TERM; echo up; while :; do sleep 0.01; done');
        assert.equal((await take(sandbox.output, 3)).toString(), 'up\n');
        const beside = sandbox.run(shell('sleep 60'));
        sandbox.terminate('SIGTERM');
        assert.equal((await take(sandbox.output, 4)).toString(), 'bye\n');
        assert.equal((await sandbox.exited).code, 9);
        // Those beside it live on, and further ones can be started.
        assert.equal((await sandbox.run(shell('exit 4'))).code, 4);
        sandbox.terminate('SIGKILL');
        await sandbox[Symbol.asyncDispose]();
        assert.equal((await beside).signal, 'SIGKILL');
        await assert.rejects(async () => {
          for (;;) await sandbox.run(shell('exit 0'));
        }, /no process any more/);
      });

      test('kills its first process, whatever that would like', async () => {
        await using sandbox = await supervised('trap "" TERM; echo up; while :; do sleep 0.01; done');
        assert.equal((await take(sandbox.output, 3)).toString(), 'up\n');
        sandbox.terminate('SIGTERM');
        sandbox.terminate('SIGKILL');
        assert.deepEqual(await sandbox.exited, { ...exit, signal: 'SIGKILL' });
      });

      test('whose function breaks the supervisor still ends and is freed', async () => {
        await using sandbox = await supervised('sleep 0.2; kill -KILL -1; sleep 60');
        const beside = sandbox.run(shell('sleep 60'));
        await sandbox[Symbol.asyncDispose]();
        assert.equal((await beside).signal, 'SIGKILL');
      });
    });

    test('a sandbox that is not supervised runs nothing beside its first process', async () => {
      await using sandbox = await sandboxes.start(spec('echo up; exec sleep 60'), NEVER);
      assert.equal(sandbox.sideOutput, undefined);
      await assert.rejects(sandbox.run({ command: ['/bin/true'], cwd: '/', env: {} }), /not supervised/);
      await take(sandbox.output, 3);
      sandbox.terminate('SIGTERM');
      await sandbox[Symbol.asyncDispose]();
      assert.equal((await sandbox.exited).signal, 'SIGKILL');
    });

    test('stands still while it is frozen, and goes on', async () => {
      if (!sandboxes.can.freeze) return;
      await using sandbox = await sandboxes.start(spec('while :; do echo tick; sleep 0.005; done'), NEVER);
      let ticks = 0;
      sandbox.output.on('data', () => {
        ticks += 1;
      });
      await eventually(() => ticks > 2, 'it ticks');
      sandbox.freeze();
      sandbox.freeze();
      let before = -1;
      const isStill = async () => {
        before = ticks;
        await new Promise((resolve) => setTimeout(resolve, 150));
        await turns(); // What has been written meanwhile is read, however late this process is.
        return ticks === before;
      };
      // What was on its way arrives first.
      await eventually(isStill, 'it stands still');
      sandbox.thaw();
      sandbox.thaw();
      await eventually(() => ticks > before, 'it goes on');
    });

    describe('a server of ours inside', () => {
      test('is reached from its own sandbox, though two have the same port', async () => {
        const agents = await Promise.all([startAgent(sandboxes), startAgent(sandboxes)]);
        const answers = agents.map(async (agent, index) => {
          const server = createHttpServer((request, response) => response.end(`${index} ${request.url}`));
          const { host, port } = agent.sandbox.listen(9001, server);
          const code = `return (await fetch('http://${host}:${port}/hello')).text()`;
          return agent.run(code);
        });
        assert.deepEqual(await Promise.all(answers), [{ value: '0 /hello' }, { value: '1 /hello' }]);
        await Promise.all(agents.map((agent) => agent[Symbol.asyncDispose]()));
      });

      test('is not reached from the host or from another sandbox', async () => {
        if (!sandboxes.can.isolate) return;
        await using one = await startAgent(sandboxes);
        await using other = await startAgent(sandboxes);
        const { host, port } = one.sandbox.listen(
          19_001,
          createServer((socket) => socket.end()),
        );
        const refused = await new Promise((resolve) => connect(port, host).on('connect', resolve).on('error', resolve));
        assert.equal((refused as NodeJS.ErrnoException | undefined)?.code, 'ECONNREFUSED');
        const code = `await new Promise((resolve, reject) => require('node:net').connect(${port}).on('connect', resolve).on('error', reject))`;
        assert.deepEqual(await other.run(code), { error: 'ECONNREFUSED' });
      });

      test('is told when the port is taken', async () => {
        if (!sandboxes.can.isolate) return;
        await using sandbox = await sandboxes.start(spec('sleep 60'), NEVER);
        sandbox.listen(80, createServer());
        assert.throws(() => sandbox.listen(80, createServer()), /EADDRINUSE/);
      });

      test('is closed when the sandbox is freed', async () => {
        const sandbox = await sandboxes.start(spec('sleep 60'), NEVER);
        const server = createServer();
        const closed = new Promise((resolve) => server.on('close', resolve));
        sandbox.listen(9001, server);
        await sandbox[Symbol.asyncDispose]();
        await closed;
      });
    });

    describe('a connection of ours into it', () => {
      const echo = `return await new Promise((resolve) => {
        const server = require('node:net').createServer((socket) => socket.pipe(socket));
        server.listen(0, '127.0.0.1', () => resolve(server.address().port));
      })`;
      const said = (socket: Socket) =>
        new Promise<string>((resolve) => {
          socket.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
          socket.once('data', (data) => resolve(String(data)));
          socket.write('hello');
        });

      test('reaches who listens inside', async () => {
        await using agent = await startAgent(sandboxes);
        const { value: port } = (await agent.run(echo)) ?? {};
        const socket = agent.sandbox.connect(Number(port));
        assert.equal(await said(socket), 'hello');
        socket.destroy();
      });

      test('reaches nobody else: not the host, not another sandbox', async () => {
        if (!sandboxes.can.isolate) return;
        await using one = await startAgent(sandboxes);
        await using other = await startAgent(sandboxes);
        const { value: otherPort } = (await other.run(echo)) ?? {};
        const host = createServer((socket) => socket.pipe(socket));
        const hostPort = await new Promise<number>((resolve) =>
          host.listen(0, '127.0.0.1', () => resolve((host.address() as { port: number }).port)),
        );
        assert.equal(await said(one.sandbox.connect(Number(otherPort))), 'ECONNREFUSED');
        host.unref();
        assert.equal(await said(one.sandbox.connect(hostPort)), 'ECONNREFUSED');
        host.close();
      });

      test('is told when nobody listens', async () => {
        await using agent = await startAgent(sandboxes);
        assert.equal(await said(agent.sandbox.connect(9)), 'ECONNREFUSED');
      });

      test('ends with the sandbox', async () => {
        const agent = await startAgent(sandboxes);
        const { value: port } = (await agent.run(echo)) ?? {};
        const socket = agent.sandbox.connect(Number(port));
        const closed = new Promise((resolve) => socket.once('close', resolve));
        assert.equal(await said(socket), 'hello');
        await agent[Symbol.asyncDispose]();
        await closed;
        assert.throws(() => agent.sandbox.connect(Number(port)), /has ended/);
      });
    });

    describe('nothing is left', () => {
      /** A function, so that each test says which moment it strikes at. */
      async function leavesNothing(act: () => Promise<void>): Promise<void> {
        const before = holdings();
        await act();
        // What a socket held is given back by the event loop's next turns.
        await eventually(() => JSON.stringify(holdings()) === JSON.stringify(before), 'nothing left').catch(() =>
          assert.deepEqual(holdings(), before),
        );
      }
      const free = (sandbox: Sandbox) => sandbox[Symbol.asyncDispose]();

      test('of one that ended by itself', () =>
        leavesNothing(async () => {
          const sandbox = await sandboxes.start(spec('exit 0'), NEVER);
          await sandbox.exited;
          await free(sandbox);
        }));

      test('of one that runs, however often it is freed; and it says that it was killed', () =>
        leavesNothing(async () => {
          const sandbox = await sandboxes.start(spec('sleep 60 & sleep 60'), NEVER);
          using volume = sandboxes.tmp(MIB);
          sandbox.attach({ taskDir: `${codeDir}/task`, optDir: `${codeDir}/opt`, tmp: volume });
          await Promise.all([free(sandbox), free(sandbox)]);
          await free(sandbox);
          assert.deepEqual((await sandbox.exited).signal, 'SIGKILL');
        }));

      test('of a supervised one, with what runs beside its first process', () =>
        leavesNothing(async () => {
          const sandbox = await sandboxes.start(spec('sleep 60', { supervised: true }), NEVER);
          const beside = sandbox.run({ command: ['/bin/sleep', '60'], cwd: '/', env: {} });
          await free(sandbox);
          assert.equal((await beside).signal, 'SIGKILL');
        }));

      test('of a /tmp that is disposed of while its sandbox lives', () =>
        leavesNothing(async () => {
          const sandbox = await sandboxes.start(spec('sleep 60'), NEVER);
          const volume = sandboxes.tmp(MIB);
          sandbox.attach({ taskDir: `${codeDir}/task`, tmp: volume });
          volume[Symbol.dispose]();
          volume[Symbol.dispose]();
          await free(sandbox);
        }));

      test('of one that is frozen', () =>
        leavesNothing(async () => {
          const sandbox = await sandboxes.start(spec('while :; do sleep 0.01; done'), NEVER);
          sandbox.freeze();
          await free(sandbox);
        }));

      test('of one whose caller leaves while it starts', () =>
        leavesNothing(async () => {
          const leave = new AbortController();
          const starting = sandboxes.start(spec('sleep 60'), leave.signal);
          leave.abort(new Error('the caller has left'));
          await assert.rejects(starting, /the caller has left/);
        }));

      test('of one whose caller had left before', () =>
        leavesNothing(async () => {
          const starting = sandboxes.start(spec('sleep 60'), AbortSignal.abort(new Error('the caller has left')));
          await assert.rejects(starting, /the caller has left/);
        }));

      test('of one that could not start', () =>
        leavesNothing(async () => {
          if (!sandboxes.can.isolate) return;
          const mounts = [{ source: `${codeDir}/none`, target: '/var/lang' }];
          await assert.rejects(sandboxes.start(spec('', { mounts }), NEVER), /ENOENT/);
        }));

      test('of 50', () =>
        leavesNothing(async () => {
          const one = async () => {
            const sandbox = await sandboxes.start(spec('sleep 60 & sleep 60'), NEVER);
            using volume = sandboxes.tmp(MIB);
            sandbox.attach({ taskDir: `${codeDir}/task`, optDir: `${codeDir}/opt`, tmp: volume });
            sandbox.listen(
              9001,
              createServer((socket) => socket.end()),
            );
            await free(sandbox);
          };
          for (let i = 0; i < 10; i += 1) await Promise.all([one(), one(), one(), one(), one()]);
        }));

      test('of an adapter that is closed while sandboxes run and start', () =>
        leavesNothing(async () => {
          const opened = await open();
          const running = await opened.start(spec('sleep 60'), NEVER);
          const starting = opened.start(spec('sleep 60'), NEVER);
          const refused = assert.rejects(starting, /the server stops/);
          await opened[Symbol.asyncDispose]();
          await refused;
          assert.equal((await running.exited).signal, 'SIGKILL');
          await assert.rejects(opened.start(spec('sleep 60'), NEVER), /the server stops/);
        }));
    });
  });
}

function makeCode(files: Record<string, string>): string {
  const dir = mkdtempSync(`${tmpdir()}/code-`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(`${dir}/${path}`, { recursive: true });
    rmSync(`${dir}/${path}`, { recursive: true });
    writeFileSync(`${dir}/${path}`, text);
  }
  return dir;
}
