import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hierarchies } from './hierarchies.ts';

test('version 2: one tree, and a group in it', () =>
  check(
    ['0::/system.slice/lambent.service'],
    ['30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate'],
    [
      {
        version: 2,
        controllers: [],
        mountPoint: '/sys/fs/cgroup',
        own: '/sys/fs/cgroup/system.slice/lambent.service',
      },
    ],
  ));

test('version 1: a tree for each controller, two of them in one', () =>
  check(
    ['5:memory:/user', '4:cpu,cpuacct:/'],
    [
      '32 31 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
      '33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpuacct,cpu',
    ],
    [
      {
        version: 1,
        controllers: ['memory'],
        mountPoint: '/sys/fs/cgroup/memory',
        own: '/sys/fs/cgroup/memory/user',
      },
      {
        version: 1,
        controllers: ['cpu', 'cpuacct'],
        mountPoint: '/sys/fs/cgroup/cpu,cpuacct',
        own: '/sys/fs/cgroup/cpu,cpuacct',
      },
    ],
  ));

test('a container that sees only its own part of a tree', () =>
  check(
    ['0::/docker/c1/inner'],
    ['30 23 0:26 /docker/c1 /sys/fs/cgroup rw - cgroup2 cgroup rw'],
    [{ version: 2, controllers: [], mountPoint: '/sys/fs/cgroup', own: '/sys/fs/cgroup/inner' }],
  ));

test('a group outside of what is mounted: its top stands for it', () =>
  check(
    ['0::/elsewhere'],
    ['30 23 0:26 /docker/c1 /sys/fs/cgroup rw - cgroup2 cgroup rw'],
    [{ version: 2, controllers: [], mountPoint: '/sys/fs/cgroup', own: '/sys/fs/cgroup' }],
  ));

test('a space in a path', () =>
  check(
    ['0::/'],
    ['30 23 0:26 / /sys/fs/c\\040group rw - cgroup2 cgroup rw'],
    [{ version: 2, controllers: [], mountPoint: '/sys/fs/c group', own: '/sys/fs/c group' }],
  ));

test('trees without controllers, other file systems and trees that are not mounted are left out', () =>
  check(
    ['9:name=systemd:/', '4:pids:/'],
    ['40 31 0:37 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio', '27 1 254:0 / / rw - ext4 /dev/sda rw'],
    [],
  ));

function check(selfCgroup: string[], mountinfo: string[], expected: ReturnType<typeof hierarchies>): void {
  assert.deepEqual(hierarchies(`${selfCgroup.join('\n')}\n`, `${mountinfo.join('\n')}\n`), expected);
}
