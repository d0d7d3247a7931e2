import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import type { SandboxLimits } from '../sandbox.ts';
import {
  type CpuController,
  type Freezer,
  type MemoryController,
  type PidsController,
  version1,
  version2,
} from './controllers.ts';
import { type Hierarchy, hierarchies } from './hierarchies.ts';

/** The group of one sandbox: the same directory name in each of the host's trees. */
export interface Cgroup {
  /** A process that writes its id to each of these is in the group. */
  readonly entrances: readonly string[];
  readonly memory: MemoryController | undefined;
  readonly cpu: CpuController | undefined;
  readonly pids: PidsController | undefined;
  readonly freezer: Freezer | undefined;
  /** Asks the kernel to kill everything inside; a process that is being born may be missed without version 2. */
  kill(): void;
  /** Frees the group; false while a process is still in it. */
  remove(): boolean;
}

/** The groups of one server: a directory in each tree, below the group the server itself was started in. */
export interface Cgroups extends Disposable {
  readonly can: {
    readonly limitMemory: boolean;
    readonly limitCpu: boolean;
    readonly limitPids: boolean;
    readonly freeze: boolean;
  };
  create(name: string, limits: SandboxLimits, pidsMax: number): Cgroup;
}

/** Where a server's groups will be. Known before they are made, so that a crash in between leaves nothing unknown. */
export interface CgroupPlan {
  readonly places: readonly Place[];
  /** Groups of version 2 hand controllers down only when told to. */
  readonly enable: readonly { dir: string; controllers: readonly string[] }[];
  /** Where the server itself has to move: below version 2's top, a group holds either processes or groups. */
  readonly leaf: { dir: string; from: string } | undefined;
}
interface Place {
  readonly version: 1 | 2;
  readonly dir: string;
  readonly uses: readonly Use[];
}
type Use = (typeof CONTROLLERS)[number] | 'freezer';
const CONTROLLERS = ['memory', 'cpu', 'pids'] as const;

/** Reads where this process is, and decides where groups called `name` can be. Changes nothing. */
export function planCgroups(name: string): CgroupPlan {
  let found: Hierarchy[];
  try {
    found = hierarchies(readFileSync('/proc/self/cgroup', 'utf8'), readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { places: [], enable: [], leaf: undefined }; // A kernel without groups.
    throw error;
  }
  return planIn(found, name);
}

export function planIn(found: readonly Hierarchy[], name: string): CgroupPlan {
  const unified = found.find(({ version }) => version === 2);
  const places: Place[] = found.flatMap(({ version, controllers, own }) => {
    const candidates: Use[] = unified === undefined ? [...CONTROLLERS, 'freezer'] : [...CONTROLLERS];
    const uses = version === 1 ? candidates.filter((use) => controllers.includes(use)) : [];
    return uses.length === 0 ? [] : [{ version, dir: `${own}/${name}`, uses }];
  });
  if (unified === undefined) return { places, enable: [], leaf: undefined };
  const offered = words(`${unified.own}/cgroup.controllers`);
  const controllers = CONTROLLERS.filter((controller) => offered.includes(controller));
  const { parent, leaf } = unifiedParent(unified, { needsControllers: controllers.length > 0, name });
  const dir = `${parent}/${name}`;
  const enable = controllers.length === 0 ? [] : [parent, dir].map((above) => ({ dir: above, controllers }));
  return { places: [{ version: 2, dir, uses: [...controllers, 'freezer'] }, ...places], enable, leaf };
}

/** Every directory the plan makes, for whoever cleans up behind a server that died. */
export function directoriesOf(plan: CgroupPlan): string[] {
  return [...plan.places.map(({ dir }) => dir), ...(plan.leaf === undefined ? [] : [plan.leaf.dir])];
}

/**
 * Makes the planned groups. A tree that may not be written is left out, and `can` tells what that costs.
 * `memoryBytesMax`: for all sandboxes together, so that however much they use, the kernel ends one of them and not us.
 */
export function openCgroups(plan: CgroupPlan, memoryBytesMax: number): Cgroups {
  const leaf = plan.leaf !== undefined && tryTo(() => moveAll(plan.leaf)) ? plan.leaf : undefined;
  const made: Place[] = [];
  for (const place of plan.places) if (tryTo(() => mkdirSync(place.dir))) made.push(place);
  const refused = new Set<Use>();
  for (const { dir, controllers } of plan.enable) {
    const enabled = tryTo(() =>
      writeFileSync(`${dir}/cgroup.subtree_control`, controllers.map((controller) => `+${controller}`).join(' ')),
    );
    if (!enabled) for (const use of CONTROLLERS) if (controllers.includes(use)) refused.add(use);
  }
  const placeOf = (use: Use) =>
    made.find(({ version, uses }) => uses.includes(use) && !(version === 2 && refused.has(use)));
  const memory = placeOf('memory');
  if (memory !== undefined) {
    const files = memory.version === 1 ? version1 : version2;
    // A sandbox's own limit may be above it: the lower one holds.
    tryTo(() => files.memory(memory.dir).setLimit(memoryBytesMax));
  }
  return {
    can: {
      limitMemory: placeOf('memory') !== undefined,
      limitCpu: placeOf('cpu') !== undefined,
      limitPids: placeOf('pids') !== undefined,
      freeze: placeOf('freezer') !== undefined,
    },
    create: (name, limits, pidsMax) => createCgroup(made, placeOf, { name, limits, pidsMax }),
    [Symbol.dispose]: () => {
      for (const { dir } of made.splice(0)) rmdirSync(dir);
      if (leaf !== undefined) moveBack(leaf, plan.enable[0]?.controllers ?? []);
    },
  };
}

/**
 * Frees the groups of a server that has died, killing what is left in them. False: something in there needs more
 * time; ask again. Does nothing to a directory that is not there.
 */
export function sweep(dir: string): boolean {
  if (!existsSync(dir)) return true;
  let empty = true;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const child = `${dir}/${entry.name}`;
    // To die takes the processor, and many on a small share of it may never get there.
    if (existsSync(`${child}/cpu.cfs_quota_us`)) tryTo(() => version1.cpu(child).setLimit(undefined));
    if (existsSync(`${child}/cpu.max`)) tryTo(() => version2.cpu(child).setLimit(undefined));
    killAll(child);
    // Frozen processes of version 1 die only when they run again.
    if (existsSync(`${child}/freezer.state`)) version1.freezer(child).thaw();
    empty = tryTo(() => rmdirSync(child)) && empty;
  }
  return empty && tryTo(() => rmdirSync(dir));
}

function createCgroup(
  places: readonly Place[],
  placeOf: (use: Use) => Place | undefined,
  sandbox: { name: string; limits: SandboxLimits; pidsMax: number },
): Cgroup {
  const dirs = places.map(({ dir }) => `${dir}/${sandbox.name}`);
  const made: string[] = [];
  const remove = () => {
    while (made.length > 0) {
      const dir = made[made.length - 1] ?? '';
      if (!tryTo(() => rmdirSync(dir))) return false;
      made.pop();
    }
    return true;
  };
  const controller = <C>(use: Use, of: (files: typeof version1 | typeof version2, dir: string) => C): C | undefined => {
    const place = placeOf(use);
    return place && of(place.version === 1 ? version1 : version2, `${place.dir}/${sandbox.name}`);
  };
  try {
    for (const dir of dirs) {
      mkdirSync(dir);
      made.push(dir);
    }
    const memory = controller('memory', (files, dir) => files.memory(dir));
    const cpu = controller('cpu', (files, dir) => files.cpu(dir));
    const pids = controller('pids', (files, dir) => files.pids(dir));
    memory?.setLimit(sandbox.limits.memoryBytes);
    cpu?.setLimit(sandbox.limits.cpus);
    pids?.setLimit(sandbox.pidsMax);
    const freezer = controller('freezer', (files, dir) => files.freezer(dir));
    return {
      entrances: dirs.map((dir) => `${dir}/cgroup.procs`),
      memory,
      cpu,
      pids,
      freezer,
      kill: () => {
        if (made[0] !== undefined) killAll(made[0]);
      },
      remove: () => {
        if (!remove()) return false;
        memory?.close();
        return true;
      },
    };
  } catch (error) {
    remove();
    throw new Error(`cannot make a control group for sandbox ${sandbox.name}`, { cause: error });
  }
}

/**
 * Where groups of version 2 that have controllers can be: at the top of the tree; or in our own group, when nobody but
 * us and our parents is in it (a service that was delegated to us), after we have moved into a leaf of it; or else
 * at the top again, where only an administrator may write.
 */
function unifiedParent(
  { own, mountPoint }: Hierarchy,
  { needsControllers, name }: { needsControllers: boolean; name: string },
): { parent: string; leaf: CgroupPlan['leaf'] } {
  const isTop = !existsSync(`${own}/cgroup.type`);
  if (isTop || !needsControllers) return { parent: own, leaf: undefined };
  const family = new Set(selfAndAncestors());
  const isOurs = words(`${own}/cgroup.procs`).every((pid) => family.has(Number(pid)));
  return isOurs
    ? { parent: own, leaf: { dir: `${own}/${name}-server`, from: own } }
    : { parent: mountPoint, leaf: undefined };
}

function moveAll(leaf: CgroupPlan['leaf']): void {
  if (leaf === undefined) return;
  mkdirSync(leaf.dir);
  for (const pid of words(`${leaf.from}/cgroup.procs`)) writeFileSync(`${leaf.dir}/cgroup.procs`, pid);
}

function moveBack(leaf: { dir: string; from: string }, controllers: readonly string[]): void {
  writeFileSync(`${leaf.from}/cgroup.subtree_control`, controllers.map((controller) => `-${controller}`).join(' '));
  for (const pid of words(`${leaf.dir}/cgroup.procs`)) writeFileSync(`${leaf.from}/cgroup.procs`, pid);
  rmdirSync(leaf.dir);
}

function selfAndAncestors(): number[] {
  const pids: number[] = [];
  for (let pid = process.pid; pid > 0; pid = parentOf(pid)) pids.push(pid);
  return pids;
}

function parentOf(pid: number): number {
  // The command's name stands in parentheses and may hold anything, so count from the last one: state, then parent.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function killAll(dir: string): void {
  // Linux 5.14, version 2: at once, and whoever is being born is killed too.
  if (tryTo(() => writeFileSync(`${dir}/cgroup.kill`, '1'))) return;
  for (const pid of words(`${dir}/cgroup.procs`).map(Number)) {
    // The kernel writes 0 for a process of another pid namespace; to kill() that would mean our own process group.
    if (pid > 0) tryTo(() => process.kill(pid, 'SIGKILL'));
  }
}

function words(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split(/\s+/).filter(Boolean) : [];
}

/** For what the kernel may refuse for reasons of its own: not permitted, busy, already gone. Anything else is our bug. */
function tryTo(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (REFUSALS.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

const REFUSALS = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'ENOENT', 'ESRCH', 'EOPNOTSUPP', 'ENODEV', 'EINVAL']);
