import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { eventually } from '../testing/inside.ts';
import { directoriesOf, openCgroups, planIn, sweep } from './cgroups.ts';
import { version1, version2 } from './controllers.ts';
import { type Hierarchy, hierarchies } from './hierarchies.ts';
import { memoryCapBytes } from './memory-cap.ts';

const found = hierarchies(readFileSync('/proc/self/cgroup', 'utf8'), readFileSync('/proc/self/mountinfo', 'utf8'));
const LIMITS = { memoryBytes: 64 * 1024 * 1024, cpus: 1 };
const CAP_BYTES = 96 * 1024 * 1024;
let numbered = 0;

// What this host has of each kind; a tree it does not have cannot hold anything, and says so in `can`.
test('a frozen process of version 1 is killed and its group removed', () =>
  freezeAndKill(found.filter(({ version }) => version === 1)));
test('a frozen process of version 2 is killed and its group removed', () =>
  freezeAndKill(found.filter(({ version }) => version === 2)));
test('a frozen process of both is killed and its group removed', () => freezeAndKill(found));

test('what a dead server left is swept, with the process that still runs in it', async () => {
  const plan = planIn(found, nextName());
  const groups = openCgroups(plan, CAP_BYTES);
  const child = spawn('sleep', ['600']);
  const { entrances } = groups.create('1', LIMITS, 10);
  enter(child, entrances);
  const exited = once(child, 'exit');
  // Nobody disposes of `groups`: its server is dead.
  await eventually(() => directoriesOf(plan).every(sweep), 'swept');
  if (entrances.length === 0) child.kill('SIGKILL');
  assert.deepEqual(await exited, [null, 'SIGKILL']);
  assert.ok(directoriesOf(plan).every(sweep), 'what is not there is swept already');
});

test('all sandboxes together are bounded: the kernel ends the one that is too much, and tells', async () => {
  const plan = planIn(found, nextName());
  using groups = openCgroups(plan, CAP_BYTES);
  if (!groups.can.limitMemory) return;
  const told = ['memory.limit_in_bytes', 'memory.max']
    .flatMap((file) => plan.places.map(({ dir }) => `${dir}/${file}`))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8').trim());
  assert.deepEqual(told, [String(CAP_BYTES)]);
  // Each of them alone is allowed more than all of them together.
  const group = groups.create('1', { memoryBytes: 4 * CAP_BYTES, cpus: undefined }, 10);
  const child = spawn('dd', ['of=/dev/null', 'bs=200M', 'count=1', 'iflag=fullblock']);
  child.stdin.on('error', () => {}); // It dies before it has read all.
  enter(child, group.entrances);
  const exited = once(child, 'exit');
  child.stdin.end(Buffer.alloc(2 * CAP_BYTES));
  assert.deepEqual(await exited, [null, 'SIGKILL']);
  assert.equal(group.memory?.kills(), 1);
  await eventually(() => group.remove(), 'the group is removed');
});

test('the bound of all sandboxes is written where version 2 reads it', () => {
  const own = mkdtempSync(`${tmpdir()}/cgroups-`);
  writeFileSync(`${own}/cgroup.controllers`, 'memory pids');
  const plan = planIn([{ version: 2, controllers: [], mountPoint: own, own }], 'sandboxes');
  openCgroups(plan, CAP_BYTES);
  assert.equal(readFileSync(`${own}/sandboxes/memory.max`, 'utf8'), String(CAP_BYTES));
  rmSync(own, { recursive: true });
});

test('a tenth of the memory, at least 512 MB, at most half, is kept from sandboxes', () => {
  const GIB = 1024 ** 3;
  for (const [total, bound, cap] of [
    [10 * GIB, 0, 9 * GIB],
    [5 * GIB, 0, 4.5 * GIB],
    [4 * GIB, 0, 3.5 * GIB],
    [GIB, 0, 0.5 * GIB],
    [GIB / 2, 0, GIB / 4],
    [64 * GIB, 4 * GIB, 3.5 * GIB],
    [4 * GIB, 2 ** 64, 3.5 * GIB],
  ] as const) {
    assert.equal(memoryCapBytes({ totalBytes: total, boundBytes: bound }), cap);
  }
});

test('a quarter of a core is 5 ms in 20, and less than 1 ms is 1 ms: the kernel takes no less', () => {
  const dir = mkdtempSync(`${tmpdir()}/cgroups-`);
  const written = (file: string) => readFileSync(`${dir}/${file}`, 'utf8');
  for (const [cpus, quota] of [
    [0.25, '5000'],
    [0.01, '1000'],
    [2, '40000'],
  ] as const) {
    version1.cpu(dir).setLimit(cpus);
    version2.cpu(dir).setLimit(cpus);
    assert.equal(`${written('cpu.cfs_quota_us')} ${written('cpu.cfs_period_us')}`, `${quota} 20000`);
    assert.equal(written('cpu.max'), `${quota} 20000`);
  }
  version1.cpu(dir).setLimit(undefined);
  version2.cpu(dir).setLimit(undefined);
  assert.equal(`${written('cpu.cfs_quota_us')}, ${written('cpu.max')}`, '-1, max 20000');
  rmSync(dir, { recursive: true });
});

async function freezeAndKill(trees: readonly Hierarchy[]): Promise<void> {
  using groups = openCgroups(planIn(trees, nextName()), CAP_BYTES);
  const group = groups.create('1', LIMITS, 10);
  const child = spawn('sleep', ['600']);
  enter(child, group.entrances);
  const exited = once(child, 'exit');
  group.freezer?.freeze();
  assert.equal(group.remove(), group.entrances.length === 0, 'somebody is in it');
  if (group.entrances.length === 0) child.kill('SIGKILL');
  group.kill();
  group.freezer?.thaw();
  assert.deepEqual(await exited, [null, 'SIGKILL']);
  await eventually(() => group.remove(), 'the group is removed');
}

function enter(child: ChildProcess, entrances: readonly string[]): void {
  for (const entrance of entrances) writeFileSync(entrance, String(child.pid));
}

function nextName(): string {
  numbered += 1;
  return `lambent-test-${process.pid}-${numbered}`;
}
