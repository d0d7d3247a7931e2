const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An identifier of AWS's form: a prefix that tells the kind, and 16 letters or digits, five bits from each of 16 bytes. */
export function accessKeyId(prefix: 'AKIA' | 'ASIA' | 'AROA', bytes: Uint8Array): string {
  let text: string = prefix;
  for (const byte of bytes.subarray(0, 16)) text += BASE32[byte & 31];
  return text;
}

/** 40 characters of base64, as AWS's are, of 30 bytes. */
export function secretAccessKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 30)).toString('base64');
}
