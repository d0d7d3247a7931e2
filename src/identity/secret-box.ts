import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { makeSecret, readSecret, type SecretFile, secretMembers, secretPath } from './secret-file.ts';

// What customers entrust to us and we must be able to read (environment variables) is encrypted before it reaches the
// store, by a key that is not in the store: `<data dir>/identity/variables-key.json`. A backup of the records alone, or a
// disk that was thrown away without that file, tells nothing. Keys and nonces are the system's own randomness, not one
// handed in: a nonce that came twice would give away what was sealed with it.

export interface SecretBox {
  /** The sealed text opens with the same context only: it cannot be moved to another owner's record. */
  seal(text: string, context: string): string;
  /** Throws, with a text for the operator, when it was sealed with another key, or for another context, or changed. */
  open(sealed: string, context: string): string;
}

const FORM = 1;
const KEY_BYTES = 32; // AES-256
const NONCE_BYTES = 12; // NIST SP 800-38D: what GCM is made for; random ones are safe for 2^32 texts under a key.
const TAG_BYTES = 16;

/** The key of this data directory; made at the first start. Throws, with a text for the operator, as `openIdentity`. */
export async function openSecretBox(dataDir: string): Promise<SecretBox> {
  const file = keyFile(dataDir);
  const text =
    readSecret(file) ?? (await makeSecret(file, { form: FORM, key: randomBytes(KEY_BYTES).toString('base64') }));
  return secretBox(readKey(secretPath(file), text), secretPath(file));
}

function secretBox(key: Buffer, path: string): SecretBox {
  const id = idOf(key);
  return {
    seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(context));
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${FORM}.${id}.${sealed.toString('base64url')}`;
    },
    open(sealed, context) {
      const [form, sealedBy, content = ''] = sealed.split('.');
      if (form !== String(FORM)) throw new Error(`it was encrypted by a newer version of Lambent (form ${form})`);
      if (sealedBy !== id) {
        throw new Error(
          `it was encrypted with the key ${sealedBy}, and ${path} holds the key ${id}: the file was lost and made anew, or is another server's. Restore it from a backup of the data directory. If there is none, what was encrypted is lost: start with another --data-dir and deploy again`,
        );
      }
      const bytes = Buffer.from(content, 'base64url');
      try {
        const nonce = bytes.subarray(0, NONCE_BYTES);
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(context));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch (cause) {
        throw new Error('what is stored was changed after it was encrypted. Restore the data directory from a backup', {
          cause,
        });
      }
    },
  };
}

/** Names a key without telling anything of it. */
function idOf(key: Buffer): string {
  return createHash('sha256').update('lambent secret box').update(key).digest('hex').slice(0, 16);
}

function readKey(path: string, text: string): Buffer {
  const broken = (what: string) =>
    new Error(`the variables' key ${path} is broken (${what}). Restore it from a backup of the data directory`);
  const { key } = secretMembers(text, FORM, broken);
  const bytes = Buffer.from(typeof key === 'string' ? key : '', 'base64');
  if (bytes.length !== KEY_BYTES) throw broken('key');
  return bytes;
}

function keyFile(dataDir: string): SecretFile {
  const ifRead = () => 'change the secrets in the variables of all functions';
  return { dataDir, name: 'variables-key', what: "the variables' key", ifRead };
}
