import { type CallNumbers, ERRNO, HIGHEST_CALL, REFUSED_CALLS, WATCHED_CALLS } from './refused-calls.ts';

// The kernel runs this program before every system call of a sandbox. It is classic BPF, as in seccomp(2): the
// call's number, machine and arguments are loaded word by word and compared. A block ends in an answer on every path,
// so blocks can be put one behind the other. Calls that are allowed whatever their arguments never run it: the kernel
// (from 5.11) works that out once, when the filter is loaded.

export const MACHINES = ['x64', 'arm64'] as const;
export type Machine = (typeof MACHINES)[number];

/** The filter for this machine, as `bwrap --seccomp` reads it: eight bytes an instruction. */
export function seccompFilter(machine: Machine): Buffer {
  const program = [
    ...load(ARCHITECTURE),
    // Another machine's calls (32-bit ones on a 64-bit kernel) have other numbers: nothing below would hold.
    ...unlessEqual(AUDIT_ARCHITECTURES[machine], answer(KILL_PROCESS)),
    ...load(CALL_NUMBER),
    // x32 calls (bit 30) are above it too.
    ...ifAbove(HIGHEST_CALL, refuse(ERRNO.ENOSYS)),
    ...REFUSED_CALLS.flatMap(({ calls }) =>
      Object.values(calls).flatMap((numbers) => onCall(machine, numbers, refuse(ERRNO.EPERM))),
    ),
    ...onCall(machine, WATCHED_CALLS.clone, [
      ...load(argument(0)),
      ...ifAnyBit(NEW_NAMESPACE_FLAGS, refuse(ERRNO.EPERM)),
      ...ALLOW,
    ]),
    // Its flags lie in memory, where a filter cannot look; C libraries go on with clone when they hear ENOSYS.
    ...onCall(machine, WATCHED_CALLS.clone3, refuse(ERRNO.ENOSYS)),
    ...onCall(machine, WATCHED_CALLS.socket, [
      ...load(argument(0)),
      ...ifEqual(FAMILIES.unix, ALLOW),
      ...ifEqual(FAMILIES.inet, internetProtocol()),
      ...ifEqual(FAMILIES.inet6, internetProtocol()),
      ...ifEqual(FAMILIES.netlink, [
        ...load(argument(2)),
        ...ifEqual(NETLINK_ROUTE, ALLOW),
        ...refuse(ERRNO.EPROTONOSUPPORT),
      ]),
      // Not listed: vsock, which reaches the hypervisor, packet sockets, and the kernel's rarely used families.
      ...refuse(ERRNO.EAFNOSUPPORT),
    ]),
    ...onCall(machine, WATCHED_CALLS.ioctl, [
      ...load(argument(1)),
      ...ifEqual(TIOCSTI, refuse(ERRNO.EPERM)),
      ...ifEqual(TIOCLINUX, refuse(ERRNO.EPERM)),
      ...ALLOW,
    ]),
    ...onCall(machine, WATCHED_CALLS.personality, [
      ...load(argument(0)),
      ...ifEqual(PERSONALITY_LINUX, ALLOW),
      ...ifEqual(PERSONALITY_QUERY, ALLOW),
      ...refuse(ERRNO.EPERM),
    ]),
    ...onCall(machine, WATCHED_CALLS.mknod, noDevice(argument(1))),
    ...onCall(machine, WATCHED_CALLS.mknodat, noDevice(argument(2))),
    ...ALLOW,
  ];
  return encode(program);
}

const AUDIT_ARCHITECTURES: Record<Machine, number> = { x64: 0xc000003e, arm64: 0xc00000b7 };
const KILL_PROCESS = 0x80000000;
const REFUSE = 0x00050000;
// NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. NEWTIME is no flag of clone: its bit means a signal there.
const NEW_NAMESPACE_FLAGS = 0x7e020000;
const FAMILIES = { unix: 1, inet: 2, inet6: 10, netlink: 16 };
// The protocol by default, ICMP, TCP, UDP, ICMPv6. Others would make the kernel load rarely tested modules.
const INTERNET_PROTOCOLS = [0, 1, 6, 17, 58];
const NETLINK_ROUTE = 0;
const TIOCSTI = 0x5412; // Types into the terminal, as if the operator had.
const TIOCLINUX = 0x541c;
const PERSONALITY_LINUX = 0;
const PERSONALITY_QUERY = 0xffffffff;
const FILE_KIND = 0o170000;
const CHARACTER_DEVICE = 0o020000;
const BLOCK_DEVICE = 0o060000;

// Byte offsets in struct seccomp_data. Both machines are little-endian: an argument's low half comes first. Every
// argument looked at is at most 32 bits wide in the kernel, which ignores the upper half as we do; of clone's flags,
// those refused lie in the lower half.
const CALL_NUMBER = 0;
const ARCHITECTURE = 4;
const argument = (index: number) => 16 + 8 * index;

interface Instruction {
  code: number;
  /** How many instructions to skip when the comparison holds, and when not. */
  ifTrue: number;
  ifFalse: number;
  value: number;
}
type Block = readonly Instruction[];

const instruction = (code: number, value: number, ifTrue = 0, ifFalse = 0): Instruction => ({
  code,
  value,
  ifTrue,
  ifFalse,
});
const load = (offset: number): Block => [instruction(0x20, offset)];
const mask = (bits: number): Block => [instruction(0x54, bits)];
const answer = (value: number): Block => [instruction(0x06, value)];
const refuse = (errno: number): Block => answer(REFUSE | errno);
const ALLOW = answer(0x7fff0000);
const ifEqual = (value: number, block: Block): Block => [instruction(0x15, value, 0, skip(block)), ...block];
const unlessEqual = (value: number, block: Block): Block => [instruction(0x15, value, skip(block), 0), ...block];
const ifAbove = (value: number, block: Block): Block => [instruction(0x25, value, 0, skip(block)), ...block];
const ifAnyBit = (bits: number, block: Block): Block => [instruction(0x45, bits, 0, skip(block)), ...block];

function skip(block: Block): number {
  if (block.length > 255) throw new Error('a jump reaches 255 instructions at most');
  return block.length;
}

function onCall(machine: Machine, [x64, arm64]: CallNumbers, block: Block): Block {
  const number = machine === 'x64' ? x64 : arm64;
  return number === undefined ? [] : ifEqual(number, block);
}

function internetProtocol(): Block {
  return [
    ...load(argument(2)),
    ...INTERNET_PROTOCOLS.flatMap((protocol) => ifEqual(protocol, ALLOW)),
    ...refuse(ERRNO.EPROTONOSUPPORT),
  ];
}

/** Pipes, sockets and plain files may be made, devices not. */
function noDevice(mode: number): Block {
  return [
    ...load(mode),
    ...mask(FILE_KIND),
    ...ifEqual(CHARACTER_DEVICE, refuse(ERRNO.EPERM)),
    ...ifEqual(BLOCK_DEVICE, refuse(ERRNO.EPERM)),
    ...ALLOW,
  ];
}

function encode(program: Block): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, ifTrue, ifFalse, value }] of program.entries()) {
    const at = index * 8;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(ifTrue, at + 2);
    bytes.writeUInt8(ifFalse, at + 3);
    bytes.writeUInt32LE(value >>> 0, at + 4);
  }
  return bytes;
}
