import { closeSync, existsSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';

/** What one group can do, whichever version of the kernel's files is behind it. All calls are synchronous. */
export interface MemoryController {
  setLimit(bytes: number): void;
  peakBytes(): number;
  /** How often the kernel killed something here because the limit was reached. */
  kills(): number;
  /** Closes what it keeps open. */
  close(): void;
}
export interface CpuController {
  /** In cores; `undefined` lifts the limit. */
  setLimit(cpus: number | undefined): void;
}
export interface PidsController {
  setLimit(processes: number): void;
}
export interface Freezer {
  freeze(): void;
  thaw(): void;
}

// A short period lets a small function have its share soon: with the kernel's 100 ms, 0.07 cores mean 7 ms of work
// and then 93 ms of standing still. The kernel takes no quota below 1 ms.
const CPU_PERIOD_MICROSECONDS = 20_000;
const CPU_QUOTA_MICROSECONDS_MIN = 1_000;

function cpuQuota(cpus: number): number {
  return Math.max(CPU_QUOTA_MICROSECONDS_MIN, Math.round(cpus * CPU_PERIOD_MICROSECONDS));
}

const text = (path: string) => readFileSync(path, 'utf8').trim();

/** A number that is read often: its file stays open, so that a look costs one system call. */
function openNumber(path: string): { read(): number; close(): void } {
  let fd: number | undefined;
  let last = 0;
  let isClosed = false;
  const bytes = Buffer.alloc(32);
  return {
    read: () => {
      if (isClosed) return last;
      try {
        fd ??= openSync(path, 'r');
        last = Number(bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, 0)));
      } catch (error) {
        // The group has been removed: what was seen last stays true.
        if (!['ENOENT', 'ENODEV', 'EBADF'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      }
      return last;
    },
    close: () => {
      isClosed = true;
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

const write = (path: string, value: string | number) => writeFileSync(path, String(value));

/** The value behind a word in files such as `memory.events`; 0 when the word is not there. */
function counter(path: string, word: string): number {
  const line = text(path)
    .split('\n')
    .find((candidate) => candidate.startsWith(`${word} `));
  return line === undefined ? 0 : Number(line.slice(word.length + 1));
}

export const version1 = {
  memory(dir: string): MemoryController {
    const limit = `${dir}/memory.limit_in_bytes`;
    // Memory and swap together; absent on kernels that do not account for swap.
    const withSwap = existsSync(`${dir}/memory.memsw.limit_in_bytes`)
      ? `${dir}/memory.memsw.limit_in_bytes`
      : undefined;
    const peak = openNumber(`${dir}/memory.max_usage_in_bytes`);
    let currentLimit = Number.POSITIVE_INFINITY;
    return {
      setLimit: (bytes) => {
        // The kernel never lets the limit be above the one with swap, so the order depends on the direction.
        const paths = bytes > currentLimit ? [withSwap, limit] : [limit, withSwap];
        for (const path of paths) if (path !== undefined) write(path, bytes);
        currentLimit = bytes;
      },
      peakBytes: peak.read,
      kills: () => counter(`${dir}/memory.oom_control`, 'oom_kill'),
      close: peak.close,
    };
  },
  cpu(dir: string): CpuController {
    write(`${dir}/cpu.cfs_period_us`, CPU_PERIOD_MICROSECONDS);
    return {
      setLimit: (cpus) => {
        const quota = `${dir}/cpu.cfs_quota_us`;
        if (cpus === undefined) return write(quota, -1);
        try {
          write(quota, cpuQuota(cpus));
        } catch (error) {
          // More than the group above has, which bounds this one as well.
          if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
          write(quota, -1);
        }
      },
    };
  },
  pids: (dir: string): PidsController => ({ setLimit: (processes) => write(`${dir}/pids.max`, processes) }),
  freezer: (dir: string): Freezer => ({
    freeze: () => write(`${dir}/freezer.state`, 'FROZEN'),
    thaw: () => write(`${dir}/freezer.state`, 'THAWED'),
  }),
};

export const version2 = {
  memory(dir: string): MemoryController {
    // Before Linux 5.19 nobody keeps the peak; then it is the last that was seen.
    const peak = openNumber(`${dir}/${existsSync(`${dir}/memory.peak`) ? 'memory.peak' : 'memory.current'}`);
    return {
      setLimit: (bytes) => {
        write(`${dir}/memory.max`, bytes);
        if (existsSync(`${dir}/memory.swap.max`)) write(`${dir}/memory.swap.max`, 0);
      },
      peakBytes: peak.read,
      kills: () => counter(`${dir}/memory.events`, 'oom_kill'),
      close: peak.close,
    };
  },
  cpu: (dir: string): CpuController => ({
    setLimit: (cpus) =>
      write(`${dir}/cpu.max`, `${cpus === undefined ? 'max' : cpuQuota(cpus)} ${CPU_PERIOD_MICROSECONDS}`),
  }),
  pids: (dir: string): PidsController => ({ setLimit: (processes) => write(`${dir}/pids.max`, processes) }),
  freezer: (dir: string): Freezer => ({
    freeze: () => write(`${dir}/cgroup.freeze`, 1),
    thaw: () => write(`${dir}/cgroup.freeze`, 0),
  }),
};
