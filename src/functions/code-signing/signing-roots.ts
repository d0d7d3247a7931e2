import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Certificates of authorities, one PEM block after the other. Throws, with a text for the operator, for anything else. */
export function readSigningRoots(pem: string): X509Certificate[] {
  const roots = (pem.match(CERTIFICATE) ?? []).map((block) => new X509Certificate(block));
  if (roots.length === 0) throw new Error('there is no PEM certificate in it');
  const other = roots.find((root) => !root.ca);
  if (other !== undefined) throw new Error(`${other.subject.replaceAll('\n', ', ')} is no authority's certificate`);
  return roots;
}
