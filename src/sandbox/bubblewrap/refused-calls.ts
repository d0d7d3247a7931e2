/** What the kernel answers to a refused call. */
export const ERRNO = { EPERM: 1, ENOSYS: 38, EPROTONOSUPPORT: 93, EAFNOSUPPORT: 97 } as const;

/** A system call's number on x86_64 and on aarch64; `undefined` where that machine has no such call. */
export type CallNumbers = readonly [x64: number | undefined, arm64: number | undefined];

/**
 * The highest call number of Linux 6.18, on both machines. Anything above answers ENOSYS, as on a kernel that does
 * not have it yet: programs know how to go on without. So this list of refusals stays complete on newer kernels, and
 * whoever raises this number looks at each new call. A list of permissions would say the same in three times the length.
 */
export const HIGHEST_CALL = 469;

/** Calls that are refused whatever their arguments, by the reason. */
export const REFUSED_CALLS: readonly { because: string; calls: Readonly<Record<string, CallNumbers>> }[] = [
  {
    because: 'the file system is what the platform made it',
    calls: {
      mount: [165, 40],
      umount2: [166, 39],
      pivot_root: [155, 41],
      chroot: [161, 51],
      open_tree: [428, 428],
      move_mount: [429, 429],
      fsopen: [430, 430],
      fsconfig: [431, 431],
      fsmount: [432, 432],
      fspick: [433, 433],
      mount_setattr: [442, 442],
      statmount: [457, 457],
      listmount: [458, 458],
      open_tree_attr: [467, 467],
      quotactl: [179, 60],
      quotactl_fd: [443, 443],
    },
  },
  {
    because: 'new namespaces open kernel code that is made for administrators (clone is below, by its flags)',
    calls: { unshare: [272, 97], setns: [308, 268] },
  },
  {
    because: 'a handle opens a file past the walls of directories',
    calls: { name_to_handle_at: [303, 264], open_by_handle_at: [304, 265] },
  },
  {
    because: 'no process looks into another, not even one of its own sandbox: the first holds our channel',
    calls: {
      ptrace: [101, 117],
      process_vm_readv: [310, 270],
      process_vm_writev: [311, 271],
      process_madvise: [440, 440],
      pidfd_getfd: [438, 438],
      kcmp: [312, 272],
      move_pages: [279, 239],
      migrate_pages: [256, 238],
    },
  },
  {
    because: 'large parts of the kernel with a history of holes, and a way around this very filter (io_uring)',
    calls: {
      bpf: [321, 280],
      perf_event_open: [298, 241],
      userfaultfd: [323, 282],
      io_uring_setup: [425, 425],
      io_uring_enter: [426, 426],
      io_uring_register: [427, 427],
      fanotify_init: [300, 262],
      fanotify_mark: [301, 263],
      memfd_secret: [447, 447],
      modify_ldt: [154, undefined],
      lookup_dcookie: [212, 18],
      lsm_set_self_attr: [460, 460],
    },
  },
  {
    because: 'the kernel’s keys belong to the host and are not in a namespace',
    calls: { add_key: [248, 217], request_key: [249, 218], keyctl: [250, 219] },
  },
  {
    because: 'the machine is the operator’s; most need capabilities that nobody here has, and are named all the same',
    calls: {
      reboot: [169, 142],
      kexec_load: [246, 104],
      kexec_file_load: [320, 294],
      init_module: [175, 105],
      finit_module: [313, 273],
      delete_module: [176, 106],
      swapon: [167, 224],
      swapoff: [168, 225],
      acct: [163, 89],
      syslog: [103, 116],
      vhangup: [153, 58],
      iopl: [172, undefined],
      ioperm: [173, undefined],
      sethostname: [170, 161],
      setdomainname: [171, 162],
      settimeofday: [164, 170],
      clock_settime: [227, 112],
      adjtimex: [159, 171],
      clock_adjtime: [305, 266],
    },
  },
  {
    because: 'relics that no living program uses',
    calls: {
      uselib: [134, undefined],
      ustat: [136, undefined],
      sysfs: [139, undefined],
      _sysctl: [156, undefined],
      create_module: [174, undefined],
      get_kernel_syms: [177, undefined],
      query_module: [178, undefined],
      nfsservctl: [180, 42],
    },
  },
];

/** Calls that are refused by their arguments; `seccomp-filter.ts` says by which. */
export const WATCHED_CALLS = {
  clone: [56, 220],
  clone3: [435, 435],
  socket: [41, 198],
  ioctl: [16, 29],
  personality: [135, 92],
  mknod: [133, undefined],
  mknodat: [259, 33],
} as const satisfies Record<string, CallNumbers>;
