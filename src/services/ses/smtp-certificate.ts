import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { makeSecret, readSecret, type SecretFile, secretMembers, secretPath } from '../../identity/secret-file.ts';
import { selfSignedCertificate } from '../../lib/certificate.ts';

const FORM = 1;
const KEY_BITS = 2_048;
const DAY_MS = 86_400_000;
const YEARS_MS = 30 * 365 * DAY_MS;

/** Key and certificate with which letters come encrypted; made when first asked for. Throws, with a text for the operator. */
export async function smtpCertificate(dataDir: string, nowMs: number): Promise<{ key: string; cert: string }> {
  const file: SecretFile = {
    dataDir,
    name: 'smtp-certificate',
    what: "the mail's key",
    ifRead: (path) => `delete ${path}, so that the next start makes a new one`,
  };
  const text = readSecret(file) ?? (await makeSecret(file, await newCertificate(nowMs)));
  const broken = (what: string) =>
    new Error(`${file.what} ${secretPath(file)} is broken (${what}). Restore it from a backup, or delete it`);
  const { key, cert } = secretMembers(text, FORM, broken);
  if (typeof key !== 'string' || typeof cert !== 'string') throw broken('key or certificate');
  return { key, cert };
}

async function newCertificate(nowMs: number): Promise<object> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: KEY_BITS });
  const cert = selfSignedCertificate({
    commonName: 'lambent',
    privateKey,
    serial: randomBytes(15),
    // A client whose clock is slow takes it, too.
    fromMs: nowMs - DAY_MS,
    untilMs: nowMs + YEARS_MS,
  });
  return { form: FORM, key: privateKey.export({ type: 'pkcs8', format: 'pem' }), cert };
}
