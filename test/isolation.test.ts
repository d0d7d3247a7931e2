// What a function can reach beyond its own sandbox, tried from inside: nothing. Each probe says what it saw; a probe that
// works where it must not is named by the failing assertion.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deploy, invoke } from './deploy.ts';
import { cleanUpOf, type LambdaClient, lambdaClient, readyPython, serve, type TestServer } from './server.ts';

/** Runs a shell command, reads a file, connects, or sleeps with a secret in its memory and environment. */
const PROBE = `
const cp = require('child_process'), fs = require('fs'), net = require('net');
exports.handler = async (event) => {
  if (event.sh) { const r = cp.spawnSync('/bin/sh', ['-c', event.sh], { encoding: 'utf8', timeout: 50_000 }); return { status: r.status, out: (r.stdout + r.stderr).trim() }; }
  if (event.read) { try { return { out: fs.readFileSync(event.read, 'utf8').slice(0, 200) } } catch (error) { return { error: error.code } } }
  if (event.list) { try { return { out: fs.readdirSync(event.list).join(' ') } } catch (error) { return { error: error.code } } }
  if (event.write) { try { fs.writeFileSync(event.write, 'x'); return { out: 'written' } } catch (error) { return { error: error.code } } }
  if (event.connect) return new Promise((resolve) => {
    const socket = net.connect(event.connect, () => { socket.destroy(); resolve({ out: 'connected' }) });
    socket.on('error', (error) => resolve({ error: error.code }));
    setTimeout(() => { socket.destroy(); resolve({ error: 'no answer' }) }, 2000);
  });
  if (event.kill) { try { process.kill(event.kill, 0); return { out: 'can signal' } } catch (error) { return { error: error.code } } }
  if (event.sleep) { await new Promise((done) => setTimeout(done, event.sleep)); return { out: process.env.SECRET } }
};`;

/** System calls that no library offers, by their numbers. Answers errno, or 0 when the kernel agreed. */
const SYSCALLS = `
import ctypes, platform
libc = ctypes.CDLL(None, use_errno=True)
X86 = platform.machine() == 'x86_64'
NUMBERS = {
    'ptrace': (101, 117), 'unshare': (272, 97), 'setns': (308, 268), 'mount': (165, 40), 'umount2': (166, 39),
    'pivot_root': (155, 41), 'chroot': (161, 51), 'bpf': (321, 280), 'keyctl': (250, 219), 'io_uring_setup': (425, 425),
    'userfaultfd': (323, 282), 'perf_event_open': (298, 241), 'process_vm_readv': (310, 270), 'clone3': (435, 435),
    'fsopen': (430, 430), 'open_tree': (428, 428), 'kexec_load': (246, 104), 'init_module': (175, 105), 'reboot': (169, 142),
    'name_to_handle_at': (303, 264), 'open_by_handle_at': (304, 265), 'add_key': (248, 217), 'swapon': (167, 224),
    'socket': (41, 198), 'mknodat': (259, 33), 'syslog': (103, 116), 'quotactl': (179, 60), 'acct': (163, 89),
}
def handler(event, context):
    number = NUMBERS[event['call']][0 if X86 else 1]
    args = [ctypes.c_char_p(a.encode()) if isinstance(a, str) else ctypes.c_long(a) for a in event['args']]
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *args)
    return ctypes.get_errno() if result == -1 else 0
`;

const NEW_USER_NAMESPACE = 0x10000000;
const AT_FDCWD = -100;

describe('from inside a function,', () => {
  let server: TestServer;
  let client: LambdaClient;
  const cleanUp = cleanUpOf({ after });

  before(async () => {
    server = await serve(cleanUp, { args: ['--sandbox', 'bubblewrap'] });
    client = lambdaClient(cleanUp, server);
    const files = { 'index.js': PROBE, 'private.txt': 'private to probe' };
    const other = { 'index.js': PROBE, 'private.txt': 'private to other' };
    await deploy(client, { name: 'probe', runtime: 'nodejs24.x', files, timeoutS: 60, memoryMb: 512 });
    await deploy(client, {
      name: 'other',
      runtime: 'nodejs24.x',
      files: other,
      timeoutS: 10,
      variables: { SECRET: 'of-other' },
    });
    await deploy(client, {
      name: 'syscalls',
      runtime: await readyPython(),
      files: { 'index.py': SYSCALLS },
      timeoutS: 10,
    });
  });

  test('its own code is there, read-only, and only its own', async () => {
    assert.equal((await probe({ read: '/var/task/private.txt' })).out, 'private to probe');
    assert.equal((await probe({ write: '/var/task/x' })).error, 'EROFS');
    const found = await probe({ sh: 'grep -rl "private to other" / --include=private.txt 2>/dev/null; true' });
    assert.equal(found.out, '');
  });

  test("another function's environment, memory and processes cannot be seen, nor signalled", async () => {
    const running = invoke(client, 'other', { sleep: 1_500 });
    await sleep(300);
    const processes = await probe({ sh: 'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n"' });
    assert.doesNotMatch(processes.out ?? '', /of-other/);
    const count = await probe({ sh: 'ls /proc | grep -c "^[0-9]*$"' });
    assert.ok(Number(count.out) < 8, `${count.out} processes seen`);
    assert.equal((await probe({ kill: server.process.pid })).error, 'ESRCH');
    assert.equal(JSON.parse((await running).text).out, 'of-other');
  });

  test("the host's files are not there", async () => {
    for (const path of [
      server.dataDir,
      import.meta.dirname,
      '/home',
      '/root',
      '/srv',
      '/boot',
      '/var/lib',
      '/var/log',
    ]) {
      const seen = await probe({ list: path });
      assert.ok(
        seen.error === 'ENOENT' || seen.error === 'EACCES' || seen.out === '',
        `${path}: ${JSON.stringify(seen)}`,
      );
    }
    for (const path of ['/etc/shadow', '/proc/1/root/etc/shadow', '/proc/kcore', `${server.dataDir}/root-key.json`]) {
      const seen = await probe({ read: path });
      assert.ok(seen.error !== undefined, `${path}: ${JSON.stringify(seen)}`);
    }
    const passwd = await probe({ read: '/etc/passwd' });
    assert.match(passwd.out ?? '', /^sbx_user1051:/m);
  });

  test('nothing but /tmp can be written', async () => {
    for (const path of [
      '/x',
      '/etc/x',
      '/usr/x',
      '/var/x',
      '/var/runtime/x',
      '/opt/x',
      '/dev/x',
      '/proc/sys/kernel/hostname',
      '/sys/x',
    ]) {
      const seen = await probe({ write: path });
      assert.ok(seen.error !== undefined, `${path}: ${JSON.stringify(seen)}`);
    }
    assert.equal((await probe({ write: '/tmp/x' })).out, 'written');
  });

  test('the network holds the platform and nothing else', async () => {
    const host = createServer((_request, response) => response.end('host'));
    cleanUp.defer(async () => void host.close());
    await new Promise<void>((resolve) => host.listen(0, '0.0.0.0', resolve));
    const { port } = host.address() as AddressInfo;
    const addresses = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter((one) => one.family === 'IPv4');
    for (const { address } of addresses) {
      const seen = await probe({ connect: { host: address, port } });
      assert.ok(seen.error !== undefined, `${address}:${port} answered`);
    }
    assert.ok((await probe({ connect: { host: '192.0.2.1', port: 80 } })).error !== undefined);
    assert.equal((await probe({ connect: { host: '127.0.0.1', port: 4566 } })).out, 'connected');
  });

  test("another environment's Runtime API cannot be reached", async () => {
    const bootstrap =
      '#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/9001; printf "GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n" >&3; cat <&3\n';
    await deploy(client, { name: 'custom', runtime: 'provided.al2023', files: { bootstrap }, timeoutS: 3 });
    const waiting = invoke(client, 'custom');
    await sleep(500);
    // What listens there is this sandbox's own, and has no invocation to give.
    const ask = `exec 3<>/dev/tcp/127.0.0.1/9001; printf "GET /2018-06-01/runtime/invocation/next HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3`;
    assert.match((await probe({ sh: `bash -c '${ask}'` })).out ?? '', /^HTTP\/1\.1 404 /);
    assert.match((await waiting).text, /Task timed out/);
  });

  test('no privilege is left or can be won', async () => {
    const status = (await probe({ sh: 'cat /proc/self/status' })).out ?? '';
    assert.match(status, /^CapEff:\s+0+$/m);
    assert.match(status, /^CapBnd:\s+0+$/m);
    assert.match(status, /^NoNewPrivs:\s+1$/m);
    assert.match(status, /^Seccomp:\s+2$/m);
    for (const command of [
      'unshare -Ur true',
      'unshare -m true',
      'mount -t tmpfs x /tmp',
      'mount -o remount,rw /',
      'umount /proc',
      'chroot / true',
      'nsenter -t 1 -m true',
      'mknod /tmp/sda b 8 0',
    ]) {
      const seen = await probe({ sh: command });
      assert.notEqual(seen.status, 0, `${command} succeeded: ${seen.out}`);
    }
  });

  const calls: [string, (number | string)[]][] = [
    ['ptrace', [0, 0, 0, 0]],
    ['ptrace', [16, 1, 0, 0]],
    ['unshare', [NEW_USER_NAMESPACE]],
    ['setns', [3, 0]],
    ['mount', ['none', '/tmp', 'tmpfs', 0, 0]],
    ['umount2', ['/tmp', 2]],
    ['pivot_root', ['/tmp', '/tmp']],
    ['chroot', ['/tmp']],
    ['bpf', [0, 0, 0]],
    ['keyctl', [0, -3, 0]],
    ['add_key', ['user', 'x', 'y', 1, -2]],
    ['io_uring_setup', [1, 0]],
    ['userfaultfd', [0]],
    ['perf_event_open', [0, 0, -1, -1, 0]],
    ['process_vm_readv', [1, 0, 0, 0, 0, 0]],
    ['clone3', [0, 0]],
    ['fsopen', ['tmpfs', 0]],
    ['open_tree', [AT_FDCWD, '/', 1]],
    ['kexec_load', [0, 0, 0, 0]],
    ['init_module', [0, 0, '']],
    ['reboot', [0xfee1dead, 672274793, 0]],
    ['name_to_handle_at', [AT_FDCWD, '/', 0, 0, 0]],
    ['open_by_handle_at', [AT_FDCWD, 0, 0]],
    ['swapon', ['/tmp/x', 0]],
    ['mknodat', [AT_FDCWD, '/tmp/dev', 0o60600, 0x0800]],
    ['syslog', [3, 0, 0]],
    ['quotactl', [0, 0, 0, 0]],
    ['acct', ['/tmp/x']],
    ['socket', [40, 1, 0]], // AF_VSOCK
    ['socket', [17, 3, 768]], // AF_PACKET
    ['socket', [2, 3, 1]], // raw
  ];
  for (const [call, args] of calls) {
    test(`the kernel refuses ${call}(${args.join(', ')})`, async () => {
      const answer = await invoke(client, 'syscalls', { call, args });
      assert.equal(answer.error, undefined, answer.text);
      // EPERM, EACCES, ENOSYS or EAFNOSUPPORT: refused for what it is, not for how it was called.
      assert.ok([1, 13, 38, 97].includes(Number(answer.text)), `errno ${answer.text}`);
    });
  }

  async function probe(event: unknown): Promise<{ out?: string; error?: string; status?: number }> {
    const answer = await invoke(client, 'probe', event);
    assert.equal(answer.error, undefined, answer.text);
    return JSON.parse(answer.text);
  }
});
