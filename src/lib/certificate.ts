import { createPublicKey, type KeyObject, sign } from 'node:crypto';

// Node reads certificates but cannot make them. One for a single name, signed by its own key, is a handful of DER values.

export interface CertificateRequest {
  readonly commonName: string;
  readonly privateKey: KeyObject;
  readonly serial: Uint8Array;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A certificate in PEM (X.509 v1, RFC 5280 section 4.1: without extensions), signed by its own RSA key with SHA-256. */
export function selfSignedCertificate(request: CertificateRequest): string {
  const { commonName, privateKey, serial, fromMs, untilMs } = request;
  const name = sequence(set(sequence(objectId(COMMON_NAME), utf8(commonName))));
  const key = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const content = sequence(
    integer(serial),
    SHA256_WITH_RSA,
    name,
    sequence(time(fromMs), time(untilMs)),
    name,
    Buffer.from(key),
  );
  const signature = sign('sha256', content, privateKey);
  const certificate = sequence(content, SHA256_WITH_RSA, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 + bytes.length, ...bytes];
}

const sequence = (...contents: readonly Buffer[]) => der(0x30, ...contents);
const set = (...contents: readonly Buffer[]) => der(0x31, ...contents);
const utf8 = (text: string) => der(0x0c, Buffer.from(text));
const objectId = (bytes: readonly number[]) => der(0x06, Buffer.from(bytes));
/** Without a zero in front, and never negative, whatever its bytes are. */
const integer = (bytes: Uint8Array) => der(0x02, Buffer.from([0x01, ...bytes]));

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  // Until 2049 years have two digits (RFC 5280 section 4.1.2.5).
  return digits < '2050' ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

const COMMON_NAME = [0x55, 0x04, 0x03]; // 2.5.4.3
/** 1.2.840.113549.1.1.11, with NULL for its parameters. */
const SHA256_WITH_RSA = sequence(
  objectId([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]),
  der(0x05, Buffer.alloc(0)),
);
