const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An identifier of AWS's form: a prefix that tells the kind, and 16 letters or digits, five bits from each of 16 bytes. */
export function accessKeyId(prefix: 'AKIA' | 'ASIA', bytes: Uint8Array): string {
  return prefix + letters(bytes, 16);
}

/** The id of a role or a managed policy: as an access key's, and a letter longer (IAM identifiers, IAM User Guide). */
export function entityId(prefix: 'AROA' | 'ANPA', bytes: Uint8Array): string {
  return prefix + letters(bytes, ENTITY_ID_BYTES);
}

/** Random bytes that an entity's id is made of. */
export const ENTITY_ID_BYTES = 17;

/** 40 characters of base64, as AWS's are, of 30 bytes. */
export function secretAccessKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 30)).toString('base64');
}

function letters(bytes: Uint8Array, count: number): string {
  let text = '';
  for (const byte of bytes.subarray(0, count)) text += BASE32[byte & 31];
  return text;
}
