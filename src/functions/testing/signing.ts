import { createHash, generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { ZipFile } from 'yazl';
import { bytesOf } from './zips.ts';

// Signs zips as AWS Signer does: with keys and certificates of its own, made for one test.

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const size = content.length.toString(16);
  const bytes = Buffer.from(size.length % 2 === 0 ? size : `0${size}`, 'hex');
  const length = content.length < 0x80 ? Buffer.of(content.length) : Buffer.of(0x80 | bytes.length, ...bytes);
  return Buffer.concat([Buffer.of(tag), length, content]);
};
const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const set = (...parts: readonly Uint8Array[]) => der(0x31, ...[...parts].sort(Buffer.compare));
const integer = (value: number) => der(0x02, Buffer.of(value));
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const octets = (bytes: Uint8Array) => der(0x04, bytes);
const utf8 = (text: string) => der(0x0c, Buffer.from(text));
const yes = der(0x01, Buffer.of(0xff));
const time = (ms: number) => der(0x18, Buffer.from(new Date(ms).toISOString().replaceAll(/[-:T]/g, '')));

const SHA_384 = sequence(oid('608648016503040202'));
const ECDSA_SHA_384 = sequence(oid('2a8648ce3d040303'));
const DATA = oid('2a864886f70d010701');
const SIGNED_DATA = oid('2a864886f70d010702');
const DAY_MS = 86_400_000;

interface Identity {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
  readonly name: Buffer;
  readonly serial: Buffer;
}

export interface IdentityOptions {
  readonly curve?: 'P-384' | 'P-256';
  readonly isAuthority?: boolean;
  readonly forCode?: boolean;
  readonly fromMs?: number;
  readonly toMs?: number;
}

let lastSerial = 0;

/** A key and its certificate, by the issuer, or by itself without one. */
function identity(label: string, nowMs: number, issuer: Identity | undefined, options: IdentityOptions = {}): Identity {
  const { curve = 'P-384', isAuthority = true, forCode = !isAuthority } = options;
  const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: curve });
  lastSerial += 1;
  const name = sequence(set(sequence(oid('550403'), utf8(label))));
  const serial = integer(lastSerial);
  const generalized = (ms: number) =>
    der(0x18, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]|\..*/g, '')}Z`));
  const extensions = [
    sequence(oid('551d13'), yes, octets(sequence(...(isAuthority ? [yes] : [])))),
    sequence(oid('551d0f'), yes, octets(der(0x03, Buffer.of(isAuthority ? 2 : 7, isAuthority ? 0x04 : 0x80)))),
    ...(forCode ? [sequence(oid('551d25'), octets(sequence(oid('2b06010505070303'))))] : []),
  ];
  const toBeSigned = sequence(
    der(0xa0, integer(2)),
    serial,
    ECDSA_SHA_384,
    issuer?.name ?? name,
    sequence(generalized(options.fromMs ?? nowMs - DAY_MS), generalized(options.toMs ?? nowMs + DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha384', toBeSigned, { key: issuer?.key ?? key, dsaEncoding: 'der' });
  const certificate = sequence(toBeSigned, ECDSA_SHA_384, der(0x03, Buffer.of(0), signature));
  return { certificate: new X509Certificate(certificate), key, name, serial };
}

export interface SigningOptions {
  readonly profileVersionArn: string;
  readonly jobArn?: string;
  readonly signedMs?: number;
  readonly expiresMs?: number;
  /** Changes what is about to be written. */
  readonly spoil?: (cms: Buffer) => Buffer;
}

export interface TestSigner {
  /** What a verifier has to trust. */
  readonly root: X509Certificate;
  /** A zip with these files, in this order, and its signature. */
  sign(files: Files, options: SigningOptions): Promise<Buffer>;
  /** The text of a signature for files that are in this order. */
  signature(files: Files, options: SigningOptions): Buffer;
}

type Files = readonly (readonly [name: string, content: string])[];

export const SIGNATURE_PATH = 'META_INF/aws_signer_signature_v1.0.SF';
const DIRECTORY: Files = [['META_INF/', '']];

/** An authority, another one below it, and a signer that signs as AWS Signer does. */
export function testSigner(nowMs: number, signer: IdentityOptions = {}, between: IdentityOptions = {}): TestSigner {
  const root = identity('root', nowMs, undefined);
  const middle = identity('between', nowMs, root, between);
  const leaf = identity('signer', nowMs, middle, { isAuthority: false, ...signer });
  const signature = (files: Files, options: SigningOptions): Buffer => {
    const { profileVersionArn, signedMs = nowMs, expiresMs = nowMs + DAY_MS } = options;
    const jobArn = options.jobArn ?? profileVersionArn.replace(/\/signing-profiles\/.*/, '/signing-jobs/a-job');
    const content = createHash('sha384');
    for (const [name, text] of files) content.update(name).update(text);
    const digest = createHash('sha384').update(content.digest()).digest();
    const attributes = set(
      sequence(oid('2a864886f70d010903'), set(DATA)),
      sequence(oid('2a864886f70d010904'), set(octets(digest))),
      sequence(oid('2a864886f70d010905'), set(time(signedMs))),
      sequence(oid('2b813b81090102'), set(utf8(jobArn))),
      sequence(oid('2b813b81090103'), set(time(expiresMs))),
      sequence(oid('2b813b81090104'), set(utf8(profileVersionArn))),
    );
    const implicit = Buffer.from(attributes);
    implicit[0] = 0xa0;
    const signerInfo = sequence(
      integer(1),
      sequence(middle.name, leaf.serial),
      SHA_384,
      implicit,
      ECDSA_SHA_384,
      octets(sign('sha384', attributes, { key: leaf.key, dsaEncoding: 'der' })),
    );
    const certificates = [leaf, middle, root].map(({ certificate }) => certificate.raw);
    const signedData = sequence(integer(1), set(SHA_384), sequence(DATA), der(0xa0, ...certificates), set(signerInfo));
    // AWS Signer writes the outer elements without their lengths.
    const open = (tag: number, ...parts: readonly Uint8Array[]) =>
      Buffer.concat([Buffer.of(tag, 0x80), ...parts, Buffer.of(0, 0)]);
    const cms = open(0x30, SIGNED_DATA, open(0xa0, signedData));
    const lines = (options.spoil?.(cms) ?? cms).toString('base64').match(/.{1,64}/g) ?? [];
    return Buffer.from(`-----BEGIN PKCS7-----\n${lines.join('\n')}\n-----END PKCS7-----\n`);
  };
  return {
    root: root.certificate,
    signature,
    sign: (files, options) => {
      const signed = [...files, ...DIRECTORY];
      return zipOfEntries([...signed, [SIGNATURE_PATH, signature(signed, options)]]);
    },
  };
}

/** A zip with entries in this order; a name that ends in a slash is a directory's. */
export async function zipOfEntries(
  entries: readonly (readonly [name: string, content: string | Uint8Array])[],
  { compress = true, mtime = new Date() }: { compress?: boolean; mtime?: Date } = {},
): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of entries) {
    if (name.endsWith('/')) zip.addEmptyDirectory(name, { mtime });
    else zip.addBuffer(Buffer.from(content), name, { compress, mtime });
  }
  return bytesOf(zip);
}
