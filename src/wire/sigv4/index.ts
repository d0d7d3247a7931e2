export { ChunkedBody } from './chunked-body.ts';
export { dialectOf } from './dialect.ts';
export { unverifiedPayload } from './payload.ts';
export { type PolicyClaim, type PolicySigner, policyVerifier } from './policy-form.ts';
export { presign } from './presign.ts';
export { refusalToAws } from './refusal.ts';
export { verifiedBody } from './verified-body.ts';
export { createVerifier, type FoundKey, type Keyring, type Verified } from './verify.ts';
export { isVersion2Link, verifyVersion2Link } from './version2-link.ts';
