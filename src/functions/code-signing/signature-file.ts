import { X509Certificate } from 'node:crypto';
import { childrenOf, type Element, NotBer, readElement } from './ber.ts';

/** A signature as AWS Signer puts it into a zip, taken apart; nothing of it has been checked against anything. */
export interface SignatureFile {
  readonly certificates: readonly X509Certificate[];
  readonly signer: X509Certificate;
  /** What was signed: these bytes. */
  readonly signedBytes: Buffer;
  readonly signature: Buffer;
  /** SHA-384 of the content, which is signed with the rest. */
  readonly contentDigest: Buffer;
  readonly signedMs: number;
  readonly expiresMs: number;
  readonly jobArn: string;
  readonly profileVersionArn: string;
}

// Object identifiers as DER writes them (RFC 5652, RFC 5754, RFC 5758); the last three are AWS Signer's own.
const SIGNED_DATA = '2a864886f70d010702';
const DATA = '2a864886f70d010701';
const SHA_384 = '608648016503040202';
const ECDSA_SHA_384 = '2a8648ce3d040303';
const CONTENT_TYPE = '2a864886f70d010903';
const MESSAGE_DIGEST = '2a864886f70d010904';
const SIGNING_TIME = '2a864886f70d010905';
const SIGNING_JOB = '2b813b81090102'; // 1.3.187.137.1.2
const EXPIRY = '2b813b81090103'; // 1.3.187.137.1.3
const SIGNING_PROFILE = '2b813b81090104'; // 1.3.187.137.1.4

const TAG = {
  integer: 0x02,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
} as const;

/**
 * Reads a PEM block `PKCS7` with detached CMS SignedData of one signer, SHA-384 and ECDSA on P-384: what AWS Signer writes
 * for the platform `AWSLambda-SHA384-ECDSA`. Throws `NotBer` for everything else.
 */
export function readSignatureFile(pem: Buffer): SignatureFile {
  const [kind, wrapped] = fields(readElement(unarmoured(pem.toString('latin1'))), TAG.sequence, 2);
  if (oidOf(kind) !== SIGNED_DATA) throw new NotBer('no signed data');
  const [signedData] = fields(wrapped, TAG.context0, 1);
  const [version, , content, certificateSet, ...rest] = childrenOf(tagged(signedData, TAG.sequence));
  const signers = rest.at(-1); // Behind certificates there may be revocation lists.
  if (tagged(version, TAG.integer).content.toString('hex') !== '01') throw new NotBer('another version');
  const [contentKind] = fields(content, TAG.sequence, 1);
  if (oidOf(contentKind) !== DATA) throw new NotBer('signed content of another kind');
  const certificates = childrenOf(tagged(certificateSet, TAG.context0)).map(({ raw }) => certificateOf(raw));
  const [signerInfo] = fields(signers, TAG.set, 1);
  const [, identifier, digestKind, attributes, signatureKind, signature] = childrenOf(tagged(signerInfo, TAG.sequence));
  if (algorithmOf(digestKind) !== SHA_384) throw new NotBer('a digest other than SHA-384');
  if (algorithmOf(signatureKind) !== ECDSA_SHA_384) throw new NotBer('a signature other than ECDSA with SHA-384');
  const signed = signedAttributes(tagged(attributes, TAG.context0));
  const attribute = (oid: string, tag: number): Buffer => tagged(signed.get(oid), tag).content;
  if (attribute(CONTENT_TYPE, TAG.oid).toString('hex') !== DATA) throw new NotBer('signed content of another kind');
  return {
    certificates,
    signer: signerOf(certificates, identifier),
    signedBytes: asSet(tagged(attributes, TAG.context0)),
    signature: tagged(signature, TAG.octets).content,
    contentDigest: attribute(MESSAGE_DIGEST, TAG.octets),
    signedMs: timeOf(attribute(SIGNING_TIME, TAG.generalizedTime)),
    expiresMs: timeOf(attribute(EXPIRY, TAG.generalizedTime)),
    jobArn: attribute(SIGNING_JOB, TAG.utf8).toString(),
    profileVersionArn: attribute(SIGNING_PROFILE, TAG.utf8).toString(),
  };
}

const PEM = /^\s*-----BEGIN PKCS7-----\s([A-Za-z0-9+/=\s]+)-----END PKCS7-----\s*$/;

function unarmoured(pem: string): Buffer {
  const base64 = PEM.exec(pem)?.[1];
  if (base64 === undefined) throw new NotBer('no PEM block PKCS7');
  return Buffer.from(base64, 'base64');
}

/** What stands in an element of this tag, which must be so many elements. */
function fields(element: Element | undefined, tag: number, count: number): Element[] {
  const children = childrenOf(tagged(element, tag));
  if (children.length !== count) throw new NotBer(`${children.length} elements instead of ${count}`);
  return children;
}

function tagged(element: Element | undefined, tag: number): Element {
  if (element?.tag !== tag) throw new NotBer(`the element ${element?.tag} instead of ${tag}`);
  return element;
}

const oidOf = (element: Element | undefined): string => tagged(element, TAG.oid).content.toString('hex');

function algorithmOf(element: Element | undefined): string {
  return oidOf(childrenOf(tagged(element, TAG.sequence))[0]);
}

/** The one value of each signed attribute, by its identifier. */
function signedAttributes(attributes: Element): Map<string, Element> {
  const values = new Map<string, Element>();
  for (const attribute of childrenOf(attributes)) {
    const [name, set] = fields(attribute, TAG.sequence, 2);
    const [value] = fields(set, TAG.set, 1);
    const oid = oidOf(name);
    if (value === undefined || values.has(oid)) throw new NotBer('an attribute twice');
    values.set(oid, value);
  }
  return values;
}

/** RFC 5652, 5.4: signed is the set in DER, not the [0] that stands in its place. */
function asSet({ raw, definite }: Element): Buffer {
  if (!definite) throw new NotBer('signed attributes that are not DER');
  const set = Buffer.from(raw);
  set[0] = TAG.set;
  return set;
}

function certificateOf(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw new NotBer('a certificate that cannot be read', { cause });
  }
}

/** The certificate with this issuer and number. */
function signerOf(certificates: readonly X509Certificate[], identifier: Element | undefined): X509Certificate {
  const [issuer, serial] = fields(identifier, TAG.sequence, 2);
  const matching = certificates.filter(({ raw }) => {
    const [toBeSigned] = childrenOf(readElement(raw));
    const [, ownSerial, , ownIssuer] = childrenOf(tagged(toBeSigned, TAG.sequence)); // RFC 5280, 4.1; [0] is the version.
    return serial?.raw.equals(ownSerial?.raw ?? Buffer.of()) && issuer?.raw.equals(ownIssuer?.raw ?? Buffer.of());
  });
  const [signer] = matching;
  if (signer === undefined || matching.length > 1) throw new NotBer('the signer has not exactly one certificate');
  return signer;
}

const GENERALIZED_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,3})?Z$/;

function timeOf(content: Buffer): number {
  const parts = GENERALIZED_TIME.exec(content.toString('latin1'));
  if (parts === null) throw new NotBer('a time that is none');
  const [, year, month, day, hour, minute, second, fraction = '.0'] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction.padEnd(4, '0')}Z`);
}
