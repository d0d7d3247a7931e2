import { crc32, deflateRawSync } from 'node:zlib';
import { ZipFile } from 'yazl';

/** A zip as a good archiver makes it. */
export async function zipOf(
  files: Record<string, string | Uint8Array | { content: string; mode: number }>,
): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, file] of Object.entries(files)) {
    const { content, mode } =
      typeof file === 'string' || file instanceof Uint8Array ? { content: file, mode: 0o100644 } : file;
    if (path.endsWith('/')) zip.addEmptyDirectory(path, { mode });
    else zip.addBuffer(Buffer.from(content), path, { mode });
  }
  return bytesOf(zip);
}

export async function bytesOf(zip: ZipFile): Promise<Buffer> {
  zip.end();
  return Buffer.concat(await Array.fromAsync(zip.outputStream as AsyncIterable<Buffer>));
}

export interface RawEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** Type and permissions as on Unix. */
  readonly mode?: number;
  /** What the headers claim, where that is not the truth. */
  readonly claims?: {
    readonly bytes?: number;
    readonly crc32?: number;
    readonly method?: number;
    readonly flags?: number;
  };
  /** The system that claims to have made the zip: 3 is Unix, 0 is DOS. */
  readonly madeOn?: number;
  /** Extra fields in the zip's directory. */
  readonly extra?: Buffer;
}

/** A zip with whatever lies in it: no archiver would make most of these. */
export function rawZip(entries: readonly RawEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { name, content = '', mode = 0o100644, claims = {}, madeOn = 3, extra = Buffer.of() } of entries) {
    const plain = Buffer.from(content);
    const packed = deflateRawSync(plain);
    const path = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(claims.flags ?? 0x0800, 2);
    common.writeUInt16LE(claims.method ?? 8, 4);
    common.writeUInt32LE(claims.crc32 ?? crc32(plain), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claims.bytes ?? plain.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, path, packed]);
    const withExtra = Buffer.from(common);
    withExtra.writeUInt16LE(extra.length, 24);
    const head = Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), Buffer.from([20, madeOn]), withExtra]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    locals.push(local);
    centrals.push(head, tail, path, extra);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}
