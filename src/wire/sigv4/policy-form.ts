import type { Principal } from '../service.ts';
import { refusalToAws } from './refusal.ts';
import { scopeText, signingKey } from './signing-key.ts';
import { isSignedBy, type Keyring } from './verify.ts';

/** Who signed the policy of a form, as its fields say. */
export interface PolicyClaim {
  readonly algorithm: string;
  readonly credential: string;
  readonly signature: string;
  readonly sessionToken: string | undefined;
  /** As it stands in the form, in base64: this is what was signed. */
  readonly policy: string;
}

export interface PolicySigner {
  readonly principal: Principal;
  readonly region: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Checks the signature of a form that a browser posts to a bucket; the time is the policy's own affair ("Authenticating
 * requests in browser-based uploads using POST", S3 API reference). Throws S3's refusal.
 */
export function policyVerifier(keyring: Keyring): (claim: PolicyClaim) => PolicySigner {
  return ({ algorithm, credential, signature, sessionToken, policy }) => {
    if (algorithm !== ALGORITHM) throw refusalToAws({ kind: 'unsupported-algorithm', algorithm, form: 'query' }, 's3');
    const [accessKeyId = '', date = '', region = '', service = '', terminator, ...more] = credential.split('/');
    const scope = { date, region, service };
    const isScope = /^\d{8}$/.test(date) && region !== '' && service === 's3' && terminator === 'aws4_request';
    if (!isScope || more.length > 0 || credential !== `${accessKeyId}/${scopeText(scope)}`) {
      throw refusalToAws({ kind: 'malformed-credential', credential, form: 'query' }, 's3');
    }
    const owner = keyring.find(accessKeyId, sessionToken);
    if (owner.kind === 'unknown-key') throw refusalToAws({ kind: 'unknown-key', accessKeyId }, 's3');
    if (owner.kind !== 'found') throw refusalToAws({ kind: owner.kind }, 's3');
    if (!isSignedBy(signingKey(owner.secretAccessKey, scope), policy, signature)) {
      throw refusalToAws({ kind: 'mismatch', accessKeyId, signature, stringToSign: policy }, 's3');
    }
    return { principal: owner.principal, region };
  };
}
