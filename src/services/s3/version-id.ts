/** The version of objects that were put while the bucket kept no versions. */
export const NULL_VERSION = 'null';

const VERSION_ID = /^[A-Za-z0-9._]{32}$/;

/** Opaque to clients. It begins with the sequence number, so that a list goes on where a removed version was. */
export function versionIdOf(sequence: number, random: Buffer): string {
  const bytes = Buffer.alloc(24);
  bytes.writeUIntBE(sequence, 0, 6);
  random.copy(bytes, 6, 0, 18);
  return bytes.toString('base64url').replaceAll('-', '.');
}

export function isVersionId(text: string): boolean {
  return text === NULL_VERSION || VERSION_ID.test(text);
}

/** Undefined for `null`. */
export function sequenceOf(versionId: string): number | undefined {
  if (versionId === NULL_VERSION) return undefined;
  return Buffer.from(versionId.replaceAll('.', '-'), 'base64url').readUIntBE(0, 6);
}
