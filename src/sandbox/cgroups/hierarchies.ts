/** One tree of control groups, and where in it this process is. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** What a tree of version 1 bounds (`memory`, `pids`, …). Version 2 says so in its own files. */
  readonly controllers: readonly string[];
  /** Where the tree is mounted. */
  readonly mountPoint: string;
  /** The directory of this process's own group. */
  readonly own: string;
}

/**
 * Reads /proc/self/cgroup and /proc/self/mountinfo (cgroups(7), proc(5)). Version 2 hosts have one tree, version 1
 * hosts one for each controller, hybrid hosts both. A tree that is not mounted is left out.
 */
export function hierarchies(selfCgroup: string, mountinfo: string): Hierarchy[] {
  const memberships = selfCgroup.split('\n').flatMap((line) => {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    return match ? [{ controllers: list(match[1]), path: match[2] ?? '/' }] : [];
  });
  return mountinfo.split('\n').flatMap((line): Hierarchy[] => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '/', mountPoint = ''] = before.split(' ').map(unescapeOctal);
    const [type, , options] = after.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    // The superuser options of a version 1 mount name its controllers among others, such as `rw`.
    const mounted = list(options);
    const membership = memberships.find(({ controllers }) =>
      type === 'cgroup2'
        ? controllers.length === 0
        : controllers.length > 0 && controllers.every((c) => mounted.includes(c)),
    );
    if (membership === undefined) return [];
    const { controllers, path } = membership;
    return [{ version: type === 'cgroup2' ? 2 : 1, controllers, mountPoint, own: directory(mountPoint, root, path) }];
  });
}

/** `path` is as seen from the tree's top, of which only the part below `root` is mounted (as in a container). */
function directory(mountPoint: string, root: string, path: string): string {
  if (root === '/') return path === '/' ? mountPoint : mountPoint + path;
  return path.startsWith(`${root}/`) ? mountPoint + path.slice(root.length) : mountPoint;
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((word) => word !== '');
}

function unescapeOctal(word: string): string {
  return word.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
