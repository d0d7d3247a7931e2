import { writeFileSync } from 'node:fs';
import type { Cgroup, Cgroups } from '../cgroups/cgroups.ts';
import type { SandboxSpec } from '../sandbox.ts';
import { closeDescriptor, type Ends, openPipe, openSocketPair } from '../system/linux.ts';
import { bubblewrapOptions } from './bubblewrap-arguments.ts';
import type { Skeleton } from './skeleton.ts';
import type { ReadOnlyBind, Slot, Staging } from './staging.ts';
import type { UserNumber, UserNumbers } from './user-numbers.ts';

/** Where what a sandbox holds comes from. */
export interface Holder {
  readonly staging: Staging;
  readonly skeleton: Skeleton;
  readonly cgroups: Cgroups;
  /** `undefined`: sandboxes run as the server's own user, as in an ordinary user's namespace. */
  readonly users: UserNumbers | undefined;
}

/** Those of the last two are there when the sandbox is supervised. */
export type HeldEnds = Readonly<Record<'channel' | 'output' | 'records' | 'status', Ends>> &
  Readonly<Partial<Record<'control' | 'side', Ends>>>;

/** What a sandbox holds of the host, from before its process starts until after it is gone. */
export interface Held {
  readonly user: UserNumber | undefined;
  readonly cgroup: Cgroup;
  readonly slot: Slot;
  /** Grows when code is attached. */
  readonly binds: ReadOnlyBind[];
  /** The file with the options for `bwrap`. */
  readonly optionsPath: string;
  /** Whoever starts the process closes or owns all of them from then on. */
  readonly ends: HeldEnds;
  /** Gives everything but the descriptors back. Its processes must be gone. */
  release(): void;
}

/** Takes all of it or, when it throws, nothing. */
export function hold({ staging, skeleton, cgroups, users }: Holder, id: string, spec: SandboxSpec): Held {
  using undo = new DisposableStack();
  const user = users && undo.use(users.take());
  const cgroup = undo.adopt(cgroups.create(id, spec.limits, spec.pidsMax), (group) => void group.remove());
  const slot = undo.adopt(staging.slot(id), (opened) => opened.free());
  const binds: ReadOnlyBind[] = [];
  undo.defer(() => {
    for (const bind of binds) bind[Symbol.dispose]();
  });
  for (const { source } of spec.mounts) binds.push(staging.readOnly(source));
  const mounts = spec.mounts.map(({ target }, index) => ({ path: binds[index]?.path ?? '', target }));
  const optionsPath = `${slot.dir}/options`;
  const options = bubblewrapOptions({ spec, skeleton, slotDir: slot.dir, mounts });
  // Only for us: it holds the environment. The child opens it before it gives up our user.
  writeFileSync(optionsPath, options.map((option) => `${option}\0`).join(''), { mode: 0o600 });
  const open = (ends: Ends) => undo.adopt(ends, closeBoth);
  const ends = {
    channel: open(openSocketPair()),
    output: open(openPipe()),
    records: open(openPipe()),
    status: open(openPipe()),
    ...(spec.supervised ? { control: open(openSocketPair()), side: open(openPipe()) } : {}),
  };
  undo.move(); // From here on it is the caller's.
  return {
    user,
    cgroup,
    slot,
    binds,
    optionsPath,
    ends,
    release: () => {
      slot.free();
      for (const bind of binds.splice(0)) bind[Symbol.dispose]();
      cgroup.remove();
      user?.[Symbol.dispose]();
    },
  };
}

function closeBoth({ ours, theirs }: Ends): void {
  closeDescriptor(ours);
  closeDescriptor(theirs);
}
