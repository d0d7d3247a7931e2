import { createHash, createPrivateKey, generateKeyPair, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { makeSecret, readSecret, type SecretFile, secretMembers, secretPath } from '../../identity/secret-file.ts';
import { selfSignedCertificate } from '../../lib/certificate.ts';
import { Recent } from '../../lib/recent.ts';

/** Signs what subscribers receive. The key stands in the data directory, for its owner alone. */
export interface Signer {
  /** Base64. `version`: 1 is SHA-1, 2 is SHA-256, both with RSA (Amazon SNS Developer Guide, Verifying the signatures). */
  sign(text: string, version: '1' | '2'): Promise<string>;
  /** PEM. */
  readonly certificate: string;
  /** Where it is to be had, behind the origin: `/SimpleNotificationService-….pem`. */
  readonly certificatePath: string;
}

const FORM = 1;
const KEY_BITS = 2_048;
const YEARS_MS = 30 * 365 * 86_400_000;
const DAY_MS = 86_400_000;
/** A message to many subscribers is signed once. */
const SIGNATURES_KEPT = 256;
const ALGORITHMS = { 1: 'RSA-SHA1', 2: 'RSA-SHA256' } as const;

const signLater = promisify(sign);

/** The key of this data directory; made when first asked for. Throws, with a text for the operator. */
export async function openSigner(dataDir: string, nowMs: number): Promise<Signer> {
  const file: SecretFile = {
    dataDir,
    name: 'sns-signing-key',
    what: "the topics' signing key",
    ifRead: (path) => `delete ${path}, and have subscribers take the new certificate`,
  };
  const text = readSecret(file) ?? (await makeSecret(file, await newKey(nowMs)));
  const broken = (what: string, cause?: unknown) =>
    new Error(`${file.what} ${secretPath(file)} is broken (${what}). Restore it from a backup, or delete it`, {
      cause,
    });
  const { key, certificate } = secretMembers(text, FORM, broken);
  if (typeof key !== 'string' || typeof certificate !== 'string') throw broken('key or certificate');
  const privateKey = createPrivateKey(key);
  const name = createHash('sha256').update(certificate).digest('hex').slice(0, 32);
  const known = new Recent<Promise<string>>(SIGNATURES_KEPT);
  return {
    certificate,
    certificatePath: `/SimpleNotificationService-${name}.pem`,
    sign(signed, version) {
      const id = createHash('sha256').update(`${version}\n${signed}`).digest('base64');
      let signature = known.get(id);
      if (signature === undefined) {
        // Not on this thread: an RSA signature takes most of a millisecond.
        signature = signLater(ALGORITHMS[version], Buffer.from(signed), privateKey).then((bytes) =>
          bytes.toString('base64'),
        );
        known.set(id, signature);
      }
      return signature;
    },
  };
}

async function newKey(nowMs: number): Promise<object> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: KEY_BITS });
  const certificate = selfSignedCertificate({
    commonName: 'sns.amazonaws.com',
    privateKey,
    serial: randomBytes(15),
    // A subscriber whose clock is slow takes it, too.
    fromMs: nowMs - DAY_MS,
    untilMs: nowMs + YEARS_MS,
  });
  return { form: FORM, key: privateKey.export({ type: 'pkcs8', format: 'pem' }), certificate };
}
