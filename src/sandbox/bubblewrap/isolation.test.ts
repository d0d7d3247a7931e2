// What a process can reach beyond its sandbox, tried from inside: nothing. The probes run in Node, with the C library at
// hand for system calls. What may be done is tried as well, or a probe that is simply wrong would look like a wall.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import { openLog } from '../../lib/log.ts';
import { openSandboxes } from '../open-sandboxes.ts';
import type { Sandboxes } from '../sandbox.ts';
import { processesWith } from '../testing/holdings.ts';
import { type Agent, eventually, NEVER, spec, startAgent } from '../testing/inside.ts';
import { REFUSED_CALLS, WATCHED_CALLS } from './refused-calls.ts';

const EVERYBODY = 0o755;
const MIB = 1024 * 1024;

describe('from inside a sandbox', () => {
  let sandboxes: Sandboxes;
  let agent: Agent;
  let other: Agent;
  let hostDir: string;
  let emptyDir: string;
  const servers: Server[] = [];
  const listen = (options: { port: number; host: string } | { path: string }) =>
    new Promise<AddressInfo>((resolve) => {
      const server = createServer((socket) => socket.end('the host'));
      servers.push(server);
      server.listen(options, () => resolve(server.address() as AddressInfo));
    });

  before(async () => {
    sandboxes = await openSandboxes({ kind: 'bubblewrap', log: openLog('fatal'), clock: systemClock });
    // Everybody on the host may read these: only the sandbox's walls keep them.
    hostDir = mkdtempSync(`${tmpdir()}/isolation-`);
    emptyDir = mkdtempSync(`${tmpdir()}/isolation-`);
    for (const dir of [hostDir, emptyDir]) chmodSync(dir, EVERYBODY);
    writeFileSync(`${hostDir}/secret.txt`, 'secret of the host');
    [agent, other] = await Promise.all([startAgent(sandboxes), startAgent(sandboxes)]);
    other.sandbox.attach({ taskDir: hostDir, tmp: sandboxes.tmp(16 * MIB) });
    agent.sandbox.attach({ taskDir: emptyDir, tmp: sandboxes.tmp(16 * MIB) });
    await other.run(`require('node:fs').writeFileSync('/tmp/mine', 'x')`);
  });
  after(async () => {
    for (const server of servers) server.close();
    await sandboxes[Symbol.asyncDispose]();
    for (const dir of [hostDir, emptyDir]) rmSync(dir, { recursive: true });
  });

  const value = async (code: string) => (await agent.run(`const fs = require('node:fs'); ${code}`))?.value;
  const error = async (code: string) => (await agent.run(`const fs = require('node:fs'); ${code}`))?.error;
  const read = (path: string) => error(`fs.readFileSync('${path}')`);
  const list = (path: string) => value(`return fs.readdirSync('${path}')`);
  const write = (path: string) => error(`fs.writeFileSync('${path}', '')`);
  const connect = (options: object) =>
    error(`await new Promise((resolve, reject) => {
      const socket = require('node:net').connect(${JSON.stringify(options)}).on('connect', resolve).on('error', reject);
      setTimeout(() => reject(new Error('no answer')), 30_000);
    })`);
  /** The name of the kernel's refusal, or what it answered instead. */
  const call = async (number: number | undefined, ...args: (number | string)[]) => {
    const padded = [...args, 0, 0, 0, 0, 0, 0].slice(0, 6);
    const types = padded.map((arg) => (typeof arg === 'string' ? 'const char *' : 'long'));
    return await value(`
      const koffi = require('/var/modules/node_modules/koffi');
      const syscall = koffi.load(null).func('long syscall(long, ${types.join(', ')})');
      const result = syscall(${number}, ...${JSON.stringify(padded)});
      return result === -1 ? require('node:util').getSystemErrorName(-koffi.errno()) : result;`);
  };
  const numberOf = ([x64, arm64]: readonly [number | undefined, number | undefined]) =>
    process.arch === 'x64' ? x64 : arm64;

  describe('files:', () => {
    test('the host’s are not there', async () => {
      for (const path of [
        '/etc/shadow',
        `${hostDir}/secret.txt`,
        import.meta.filename,
        '/root',
        '/home',
        '/run',
        '/sys',
      ]) {
        assert.equal(await read(path), 'ENOENT', path);
      }
      assert.deepEqual(
        await list('/'),
        ['bin', 'dev', 'etc', 'opt', 'proc', 'tmp', 'usr', 'var', ...(await links())].sort(),
      );
    });

    /** Which of these there are depends on the host's machine. */
    async function links(): Promise<string[]> {
      const names = (await list('/')) as string[];
      return names.filter((name) => ['lib', 'lib32', 'lib64', 'libx32', 'sbin'].includes(name));
    }

    test('another sandbox’s are not there', async () => {
      assert.deepEqual(await other.run(`return require('node:fs').readdirSync('/var/task')`), {
        value: ['secret.txt'],
      });
      assert.deepEqual(await list('/var/task'), []);
      assert.deepEqual(await list('/tmp'), []);
      const mounts = await value(`return fs.readFileSync('/proc/self/mountinfo', 'utf8')`);
      assert.doesNotMatch(String(mounts), new RegExp(hostDir));
    });

    test('only /tmp can be written to', async () => {
      assert.equal(await write('/tmp/file'), undefined);
      assert.equal(await error(`fs.rmSync('/tmp/file')`), undefined);
      const closed = [
        '/',
        '/dev',
        '/dev/shm',
        '/etc',
        '/opt',
        '/proc',
        '/proc/sys/kernel',
        '/usr',
        '/usr/bin',
        '/var',
        '/var/task',
        '/var/lang',
        '/var/lang/bin',
      ];
      for (const dir of closed) assert.match(String(await write(`${dir}/x`)), /^(EROFS|ENOENT|EACCES)$/, dir);
      for (const file of [
        '/etc/passwd',
        '/proc/sys/kernel/core_pattern',
        '/proc/sys/vm/drop_caches',
        '/var/lang/bin/node',
      ]) {
        assert.match(String(await write(file)), /^(EROFS|EACCES)$/, file);
      }
    });

    test('what /proc tells about the host is hidden', async () => {
      for (const name of ['kallsyms', 'timer_list', 'keys', 'config.gz']) {
        assert.equal(
          await value(`try { return fs.readFileSync('/proc/${name}', 'utf8') } catch { return '' }`),
          '',
          name,
        );
      }
    });

    test('devices: only those that mean nothing', async () => {
      const devices = ['fd', 'full', 'null', 'random', 'stderr', 'stdin', 'stdout', 'urandom', 'zero'];
      assert.deepEqual(await list('/dev'), devices);
      const CHARACTER_DEVICE = 0o020666;
      const AT_FDCWD = -100;
      assert.equal(
        await call(numberOf(WATCHED_CALLS.mknodat), AT_FDCWD, '/tmp/device', CHARACTER_DEVICE, 0x103),
        'EPERM',
      );
      assert.equal(await value(`return require('node:child_process').spawnSync('mkfifo', ['/tmp/pipe']).status`), 0);
    });
  });

  describe('processes:', () => {
    test('only its own are seen, and each has the filter and no privileges', async () => {
      const seen = await value(`
        return fs.readdirSync('/proc').filter((name) => Number(name) > 0).map((pid) => {
          const status = fs.readFileSync('/proc/' + pid + '/status', 'utf8');
          const field = (name) => new RegExp('^' + name + ':\\\\s*(\\\\S+)', 'm').exec(status)[1];
          return [field('Name'), field('Uid'), field('Seccomp'), field('NoNewPrivs'), field('CapBnd'), field('CapEff')].join(' ');
        })`);
      const none = '0000000000000000';
      // Node names its main thread in newer versions.
      const [first, second, ...more] = seen as string[];
      assert.equal(first, `sh 993 2 1 ${none} ${none}`);
      assert.match(second ?? '', new RegExp(`^\\w+ 993 2 1 ${none} ${none}$`));
      assert.deepEqual(more, []);
    });

    test('the host’s get no signal', async () => {
      assert.equal(await error(`process.kill(${process.pid}, 0)`), 'ESRCH');
      assert.equal(await error(`process.kill(process.pid, 0)`), undefined);
    });

    test('it has the name, the groups and the limits of a function on AWS', async () => {
      const shell = (script: string) =>
        value(
          `return require('node:child_process').execFileSync('/bin/sh', ['-c', '${script}'], { encoding: 'utf8' })`,
        );
      assert.equal(
        await shell('whoami; id -u; id -g; id -G; ulimit -n; ulimit -Hn'),
        'sbx_user1051\n993\n990\n990\n1024\n1024\n',
      );
    });

    test('each sandbox is another user of the host', async () => {
      const script = `sleep 400.${process.pid}s`;
      const started = await Promise.all([1, 2].map(() => sandboxes.start(spec(`exec ${script}`), NEVER)));
      let pids: number[] = [];
      await eventually(() => {
        pids = processesWith(script.slice(6)).filter((pid) => !isShell(pid));
        return pids.length === 2;
      }, 'both run');
      const users = new Set(pids.map((pid) => statSync(`/proc/${pid}`).uid));
      // An ordinary user has no others to give; the namespaces hold all the same.
      if (process.getuid?.() === 0 && users.has(0) === false) assert.equal(users.size, started.length);
      await Promise.all(started.map((sandbox) => sandbox[Symbol.asyncDispose]()));
    });
  });

  describe('network:', () => {
    test('the host’s services are out of reach, on every address', async () => {
      const local = await listen({ port: 0, host: '127.0.0.1' });
      assert.equal(await connect({ host: '127.0.0.1', port: local.port }), 'ECONNREFUSED');
      const everywhere = await listen({ port: 0, host: '0.0.0.0' });
      const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
      for (const { address, internal, family } of addresses) {
        if (internal || family !== 'IPv4') continue;
        assert.equal(await connect({ host: address, port: everywhere.port }), 'ENETUNREACH', address);
      }
    });

    test('the outside is out of reach', async () => {
      assert.equal(await connect({ host: '192.0.2.1', port: 80 }), 'ENETUNREACH');
      assert.match(
        String(await error(`await require('node:dns/promises').lookup('example.com')`)),
        /EAI_AGAIN|ENOTFOUND/,
      );
    });

    test('the host’s abstract sockets are out of reach', async () => {
      const path = `\0lambent-isolation-${process.pid}`;
      await listen({ path });
      assert.equal(await connect({ path }), 'ECONNREFUSED');
    });

    test('its own loopback works', async () => {
      assert.equal(
        await value(`return new Promise((resolve) => {
          const server = require('node:net').createServer((socket) => { socket.end(); server.close(); resolve('reached') });
          server.listen(0, 'localhost', () => require('node:net').connect(server.address().port, 'localhost'));
        })`),
        'reached',
      );
    });

    test('only the plain kinds of sockets can be made', async () => {
      const socket = (family: number, type: number, protocol = 0) =>
        call(numberOf(WATCHED_CALLS.socket), family, type, protocol);
      const [UNIX, INET, INET6, NETLINK, PACKET, ALG, VSOCK] = [1, 2, 10, 16, 17, 38, 40];
      const [STREAM, DATAGRAM, RAW] = [1, 2, 3];
      for (const allowed of [
        await socket(UNIX, STREAM),
        await socket(INET, STREAM, 6),
        await socket(INET6, DATAGRAM),
        await socket(NETLINK, RAW),
      ]) {
        assert.equal(typeof allowed, 'number', String(allowed));
      }
      for (const family of [PACKET, ALG, VSOCK]) assert.equal(await socket(family, STREAM), 'EAFNOSUPPORT');
      assert.equal(await socket(INET, RAW, 1), 'EPERM');
      assert.equal(await socket(INET, STREAM, 132), 'EPROTONOSUPPORT');
      assert.equal(await socket(NETLINK, RAW, 12), 'EPROTONOSUPPORT');
    });
  });

  describe('the kernel:', () => {
    test('refuses every call on the list', async () => {
      for (const { calls } of REFUSED_CALLS) {
        for (const [name, numbers] of Object.entries(calls)) {
          const number = numberOf(numbers);
          if (number !== undefined) assert.equal(await call(number), 'EPERM', name);
        }
      }
    });

    test('makes no new namespaces, by any of its ways', async () => {
      const NEW_USER = 0x10000000;
      assert.equal(await call(numberOf(WATCHED_CALLS.clone), NEW_USER), 'EPERM');
      assert.equal(await call(numberOf(WATCHED_CALLS.clone3), 0, 0), 'ENOSYS');
      const status = (command: string) =>
        value(`return require('node:child_process').spawnSync('/bin/sh', ['-c', '${command}']).status`);
      assert.equal(await status('true'), 0);
      for (const command of [
        'unshare -U true',
        'unshare -m true',
        'mount -t tmpfs none /tmp',
        'mount -o remount,rw /',
        'umount /var/task',
        'chroot / true',
      ]) {
        assert.notEqual(await status(command), 0, command);
      }
    });

    test('knows no call beyond those that were looked at, nor another machine’s', async () => {
      assert.equal(await call(999), 'ENOSYS');
      const X32 = 0x40000000;
      if (process.arch === 'x64') assert.equal(await call(X32 + 39), 'ENOSYS');
    });

    test('types nothing into terminals, and keeps its personality', async () => {
      const TIOCSTI = 0x5412;
      const NO_RANDOM_ADDRESSES = 0x40000;
      assert.equal(await call(numberOf(WATCHED_CALLS.ioctl), 0, TIOCSTI), 'EPERM');
      assert.equal(await call(numberOf(WATCHED_CALLS.ioctl), 0, TIOCSTI + 1), 'ENOTTY');
      assert.equal(await call(numberOf(WATCHED_CALLS.personality), NO_RANDOM_ADDRESSES), 'EPERM');
      assert.equal(await call(numberOf(WATCHED_CALLS.personality), 0xffffffff), 0);
    });
  });
});

function isShell(pid: number): boolean {
  // The shell that is pid 1 inside has the same words on its command line.
  return processesWith('started').includes(pid);
}
