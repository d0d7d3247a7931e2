import { createHmac, timingSafeEqual } from 'node:crypto';

/** AWS: "The version number … must be 0x04"; the other words are fixed, too (SES developer guide, SMTP credentials). */
const VERSION = 0x04;
const WORDS = ['ses', 'aws4_request', 'SendRawEmail'];
const DATE = '11111111';

/**
 * The password with which whoever has a secret access key sends letters by SMTP in a region, by AWS's algorithm: mail programs
 * that were set up for AWS's endpoints need nothing else.
 */
export function smtpPassword(secretAccessKey: string, region: string): string {
  const key = [DATE, region, ...WORDS].reduce<Buffer>(
    (signed, word) => createHmac('sha256', signed).update(word).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return Buffer.concat([Buffer.from([VERSION]), key]).toString('base64');
}

/** The region among these that a password of the key is for; undefined: none. */
export function regionOfSmtpPassword(
  secretAccessKey: string,
  password: string,
  regions: readonly string[],
): string | undefined {
  const given = Buffer.from(password);
  return regions.find((region) => {
    const right = Buffer.from(smtpPassword(secretAccessKey, region));
    return given.length === right.length && timingSafeEqual(given, right);
  });
}
