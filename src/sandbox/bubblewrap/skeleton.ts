import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  lstatSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectory } from './staging.ts';

/** The user of every function, as AWS shows it to `whoami` and `getpwuid` (lambda-facts 7.4). */
export const SANDBOX_USER = { name: 'sbx_user1051', uid: 993, gid: 990 } as const;
export const SANDBOX_HOSTNAME = 'sandbox';

/** What all sandboxes of this host have alike: arguments to `bwrap` that lay out the read-only part of the root. */
export interface Skeleton {
  readonly layout: readonly string[];
}

const ETC_FILES: Readonly<Record<string, string>> = {
  passwd: [
    'root:x:0:0:root:/root:/bin/sh',
    `${SANDBOX_USER.name}:x:${SANDBOX_USER.uid}:${SANDBOX_USER.gid}::/home/${SANDBOX_USER.name}:/sbin/nologin`,
    'nobody:x:65534:65534:nobody:/:/sbin/nologin',
    '',
  ].join('\n'),
  group: ['root:x:0:', `${SANDBOX_USER.name}:x:${SANDBOX_USER.gid}:`, 'nobody:x:65534:', ''].join('\n'),
  hosts: `127.0.0.1 localhost ${SANDBOX_HOSTNAME} ${SANDBOX_HOSTNAME}.localdomain\n::1 localhost\n`,
  hostname: `${SANDBOX_HOSTNAME}\n`,
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  'resolv.conf': '',
};
// Trusted certificates, so that TLS clients work; and what the host's own programs find their parts with.
const ETC_FROM_HOST = [
  'alternatives',
  ...javaSettings(),
  'ca-certificates',
  'ld.so.conf',
  'ld.so.conf.d',
  'mime.types',
  'pki/ca-trust',
  'pki/tls',
  'protocols',
  'services',
  'ssl/certs',
  'ssl/openssl.cnf',
];
// What the runtime specification of the Open Container Initiative hides: they tell about the whole host.
const PROC_HIDDEN = [
  'acpi',
  'asound',
  'config.gz',
  'interrupts',
  'kallsyms',
  'kcore',
  'key-users',
  'keys',
  'latency_stats',
  'sched_debug',
  'scsi',
  'timer_list',
];
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom'];
const DEVICE_LINKS = {
  fd: '/proc/self/fd',
  stdin: '/proc/self/fd/0',
  stdout: '/proc/self/fd/1',
  stderr: '/proc/self/fd/2',
};

/** Packaged JDKs have links to their settings there: `java-17-openjdk`. */
function javaSettings(): string[] {
  return globSync('java*', { cwd: '/etc' });
}

/** Lays the shared files out below `dir`, which every user must be able to walk to. */
export function layOutSkeleton(dir: string): Skeleton {
  const etc = `${dir}/etc`;
  makeDirectory(etc);
  for (const [name, text] of Object.entries(ETC_FILES)) readable(`${etc}/${name}`, text);
  if (existsSync('/etc/ld.so.cache')) copyFileSync('/etc/ld.so.cache', `${etc}/ld.so.cache`);
  symlinkSync('/usr/share/zoneinfo/UTC', `${etc}/localtime`);
  symlinkSync('/usr/lib/os-release', `${etc}/os-release`);
  readable(`${dir}/empty-file`, '');
  makeDirectory(`${dir}/empty-directory`);
  return {
    layout: [...ofTheHost(), ...etcArguments(etc), ...procArguments(dir), ...devArguments()],
  };
}

function readable(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o644);
}

/** The host's programs and libraries. On most hosts /bin and its like are links into /usr. */
function ofTheHost(): string[] {
  const rest = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'].flatMap((name) => {
    const stats = lstatSync(`/${name}`, { throwIfNoEntry: false });
    if (stats === undefined) return [];
    return stats.isSymbolicLink()
      ? ['--symlink', readlinkSync(`/${name}`), `/${name}`]
      : ['--ro-bind', `/${name}`, `/${name}`];
  });
  return ['--ro-bind', '/usr', '/usr', ...rest];
}

function etcArguments(etc: string): string[] {
  const binds = ETC_FROM_HOST.flatMap((name) => {
    const path = `/etc/${name}`;
    if (!existsSync(path)) return [];
    // The mount point must be there: our /etc is read-only by the time it is mounted on.
    if (statSync(path).isDirectory()) makeDirectory(`${etc}/${name}`);
    else {
      makeDirectory(dirname(`${etc}/${name}`));
      readable(`${etc}/${name}`, '');
    }
    return ['--ro-bind', realpathSync(path), path];
  });
  return ['--ro-bind', etc, '/etc', ...binds];
}

function procArguments(dir: string): string[] {
  const hidden = PROC_HIDDEN.map((name) => `/proc/${name}`).filter((path) => existsSync(path));
  const binds = hidden.flatMap((path) => [
    '--ro-bind',
    `${dir}/empty-${statSync(path).isDirectory() ? 'directory' : 'file'}`,
    path,
  ]);
  return ['--proc', '/proc', ...binds];
}

/** Not `--dev`: that also makes a writable file system, a terminal, and shared memory, which AWS does not have. */
function devArguments(): string[] {
  const devices = DEVICES.flatMap((name) => ['--dev-bind', `/dev/${name}`, `/dev/${name}`]);
  const links = Object.entries(DEVICE_LINKS).flatMap(([name, to]) => ['--symlink', to, `/dev/${name}`]);
  return ['--dir', '/dev', ...devices, ...links];
}
