// libguest.so: the three calls of the C library that a Java program cannot make, as a shared library that every JVM can
// load (JNI). It is written out here, byte by byte, because a host that runs Java has no C compiler as a rule.
//
// File: header, program headers, hash table, symbols, their names, relocations, code, then (in a second, writable segment)
// the addresses of the C library's functions, which the loader fills in, and the table the loader goes by.

/** Functions of the C library, and how many of the Java method's arguments each is given; a constant may follow. */
const CALLS = [
  { name: 'chdir', arguments: 1, constant: undefined },
  { name: 'setenv', arguments: 2, constant: 1 },
  { name: 'unsetenv', arguments: 1, constant: undefined },
] as const;
type Call = (typeof CALLS)[number];

const JAVA_PREFIX = 'Java_lambent_guest_OwnProcess_';

/** What differs between processors. */
interface Machine {
  /** `e_machine` of the ELF header. */
  readonly id: number;
  /** The kind of relocation that puts a symbol's address into eight bytes. */
  readonly relocation: number;
  /**
   * A Java method's own arguments begin with the third one (`JNIEnv*` and `jclass` come first). Moves them to the front and
   * jumps to the address at `slot`; both positions are relative to the library's start.
   */
  code(call: Call, at: number, slot: number): Buffer;
}

const MACHINES: Readonly<Partial<Record<NodeJS.Architecture, Machine>>> = {
  x64: {
    id: 62,
    relocation: 6, // R_X86_64_GLOB_DAT
    code: (call, at, slot) => {
      const moves = [0x48, 0x89, 0xd7]; // mov rdi, rdx
      if (call.arguments === 2) moves.push(0x48, 0x89, 0xce); // mov rsi, rcx
      if (call.constant !== undefined) moves.push(0xba, call.constant, 0, 0, 0); // mov edx, constant
      const jump = Buffer.from([0xff, 0x25, 0, 0, 0, 0]); // jmp [rip + offset]
      jump.writeInt32LE(slot - (at + moves.length + jump.length), 2);
      return Buffer.concat([Buffer.from(moves), jump]);
    },
  },
  arm64: {
    id: 183,
    relocation: 1025, // R_AARCH64_GLOB_DAT
    code: (call, at, slot) => {
      const words = [0xaa0203e0]; // mov x0, x2
      if (call.arguments === 2) words.push(0xaa0303e1); // mov x1, x3
      if (call.constant !== undefined) words.push(0x52800002 | (call.constant << 5)); // mov w2, constant
      const offset = (slot - (at + words.length * 4)) / 4;
      words.push((0x58000010 | (offset << 5)) >>> 0); // ldr x16, slot
      words.push(0xd61f0200); // br x16
      return Buffer.concat(words.map((word) => u32(word)));
    },
  },
};

/** `undefined`: not known how for this processor. */
export function javaLibrary(arch: NodeJS.Architecture): Buffer | undefined {
  const machine = MACHINES[arch];
  return machine === undefined ? undefined : library(machine);
}

/** The largest page that the two processors' kernels use: segments with different rights may not share one. */
const PAGE = 0x10000;
const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const SYMBOL_BYTES = 24;
const RELOCATION_BYTES = 24;
const SLOT_BYTES = 8;
const CODE_BYTES = 32;

function library(machine: Machine): Buffer {
  const names = ['', ...CALLS.map(({ name }) => name), ...CALLS.map(({ name }) => JAVA_PREFIX + name)];
  const text = Buffer.from(names.map((name) => `${name}\0`).join(''));
  const nameAt = (name: string) => text.indexOf(`${name}\0`);

  const hashAt = HEADER_BYTES + 4 * PROGRAM_HEADER_BYTES;
  const hash = Buffer.concat(hashTable(names.length).map(u32));
  const symbolsAt = align(hashAt + hash.length, 8);
  const textAt = symbolsAt + names.length * SYMBOL_BYTES;
  const relocationsAt = align(textAt + text.length, 8);
  const codeAt = align(relocationsAt + CALLS.length * RELOCATION_BYTES, 16);
  const readOnlyEnd = codeAt + CALLS.length * CODE_BYTES;
  const writableAt = align(readOnlyEnd, 16);
  // Loaded a page further on than it lies in the file.
  const slotsAt = writableAt + PAGE;
  const dynamicAt = slotsAt + align(CALLS.length * SLOT_BYTES, 16);

  const undefinedSymbols = CALLS.map(({ name }) => symbol(nameAt(name), GLOBAL_FUNCTION, 0, 0));
  const definedSymbols = CALLS.map(({ name }, index) =>
    symbol(nameAt(JAVA_PREFIX + name), GLOBAL_FUNCTION, THIS_LIBRARY, codeAt + index * CODE_BYTES),
  );
  const relocations = CALLS.map((_, index) =>
    Buffer.concat([u64(slotsAt + index * SLOT_BYTES), u32(machine.relocation), u32(index + 1), u64(0)]),
  );
  const dynamic = Buffer.concat(
    [
      [4, hashAt], // DT_HASH
      [5, textAt], // DT_STRTAB
      [6, symbolsAt], // DT_SYMTAB
      [7, relocationsAt], // DT_RELA
      [8, CALLS.length * RELOCATION_BYTES], // DT_RELASZ
      [9, RELOCATION_BYTES], // DT_RELAENT
      [10, text.length], // DT_STRSZ
      [11, SYMBOL_BYTES], // DT_SYMENT
      [0, 0],
    ].flatMap(([tag = 0, value = 0]) => [u64(tag), u64(value)]),
  );

  const file = Buffer.alloc(dynamicAt - PAGE + dynamic.length);
  header(machine.id).copy(file);
  Buffer.concat([
    segment(LOAD, READ | EXECUTE, 0, 0, readOnlyEnd),
    segment(LOAD, READ | WRITE, writableAt, slotsAt, file.length - writableAt),
    segment(DYNAMIC, READ | WRITE, dynamicAt - PAGE, dynamicAt, dynamic.length),
    // Without it the JVM takes the library for one that wants an executable stack, and warns.
    segment(STACK, READ | WRITE, 0, 0, 0),
  ]).copy(file, HEADER_BYTES);
  hash.copy(file, hashAt);
  Buffer.concat([symbol(0, 0, 0, 0), ...undefinedSymbols, ...definedSymbols]).copy(file, symbolsAt);
  text.copy(file, textAt);
  Buffer.concat(relocations).copy(file, relocationsAt);
  for (const [index, call] of CALLS.entries()) {
    const at = codeAt + index * CODE_BYTES;
    machine.code(call, at, slotsAt + index * SLOT_BYTES).copy(file, at);
  }
  dynamic.copy(file, dynamicAt - PAGE);
  return file;
}

const [LOAD, DYNAMIC, STACK] = [1, 2, 0x6474e551] as const;
const [EXECUTE, WRITE, READ] = [1, 2, 4] as const;
/** `STB_GLOBAL`, `STT_FUNC`. */
const GLOBAL_FUNCTION = 0x12;
/** Any number of a section that is none of the reserved ones says "defined here". */
const THIS_LIBRARY = 1;

/** One bucket with all symbols in a row: there are few. */
function hashTable(symbols: number): number[] {
  const next = Array.from({ length: symbols }, (_, index) => (index === 0 || index + 1 === symbols ? 0 : index + 1));
  return [1, symbols, 1, ...next];
}

function header(machine: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  // 64 bits, little-endian, version 1.
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(bytes);
  bytes.writeUInt16LE(3, 16); // A shared object.
  bytes.writeUInt16LE(machine, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(BigInt(HEADER_BYTES), 32);
  bytes.writeUInt16LE(HEADER_BYTES, 52);
  bytes.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  bytes.writeUInt16LE(4, 56);
  return bytes;
}

function segment(type: number, rights: number, offset: number, address: number, bytes: number): Buffer {
  const alignment = type === LOAD ? PAGE : 8;
  return Buffer.concat([u32(type), u32(rights), ...[offset, address, address, bytes, bytes, alignment].map(u64)]);
}

function symbol(name: number, info: number, section: number, value: number): Buffer {
  const bytes = Buffer.alloc(SYMBOL_BYTES);
  bytes.writeUInt32LE(name, 0);
  bytes[4] = info;
  bytes.writeUInt16LE(section, 6);
  bytes.writeBigUInt64LE(BigInt(value), 8);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
