import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { eventually } from '../testing/inside.ts';
import { directoriesOf, openCgroups, planIn, sweep } from './cgroups.ts';
import { version1, version2 } from './controllers.ts';
import { type Hierarchy, hierarchies } from './hierarchies.ts';

const found = hierarchies(readFileSync('/proc/self/cgroup', 'utf8'), readFileSync('/proc/self/mountinfo', 'utf8'));
const LIMITS = { memoryBytes: 64 * 1024 * 1024, cpus: 1 };
let numbered = 0;

// What this host has of each kind; a tree it does not have cannot hold anything, and says so in `can`.
test('a frozen process of version 1 is killed and its group removed', () =>
  freezeAndKill(found.filter(({ version }) => version === 1)));
test('a frozen process of version 2 is killed and its group removed', () =>
  freezeAndKill(found.filter(({ version }) => version === 2)));
test('a frozen process of both is killed and its group removed', () => freezeAndKill(found));

test('what a dead server left is swept, with the process that still runs in it', async () => {
  const plan = planIn(found, nextName());
  const groups = openCgroups(plan);
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
  using groups = openCgroups(planIn(trees, nextName()));
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
