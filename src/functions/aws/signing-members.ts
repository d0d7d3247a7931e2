import type { StoredCode } from '../package/code-store.ts';

/** Who signed it, as functions and layers show that; nothing for what is not signed, or not soundly. */
export function signingMembers({ signature }: StoredCode): {
  SigningProfileVersionArn?: string;
  SigningJobArn?: string;
} {
  if (signature?.kind !== 'valid') return {};
  return { SigningProfileVersionArn: signature.profileVersionArn, SigningJobArn: signature.jobArn };
}
