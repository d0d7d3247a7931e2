import { createRequire } from 'node:module';

export interface Mailbox {
  /** As it is shown, decoded; empty without one. */
  readonly name: string;
  readonly address: string;
}

const require = createRequire(import.meta.url);
const postal = () => require('postal-mime') as typeof import('postal-mime');

/** The mailboxes that a header or a parameter names: `Ada <ada@example.com>, bob@example.com`; those of groups, too. */
export function mailboxesIn(text: string): Mailbox[] {
  return postal()
    .addressParser(text, { flatten: true })
    .flatMap(({ name, address }) => (address === undefined ? [] : [{ name: decoded(name), address }]));
}

/** A header's text, whose encoded words (RFC 2047) are decoded. */
export function decoded(text: string): string {
  return postal().decodeWords(text);
}

/** In lower case; empty if there is none. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

/** An address as identities are named: the domain in lower case, since only the local part may tell cases apart. */
export function withPlainDomain(address: string): string {
  return `${address.slice(0, address.lastIndexOf('@') + 1)}${domainOf(address)}`;
}

/**
 * The identities any of which lets somebody send from an address, the nearest first: the address, that without its label
 * (`ada+news@…`), its domain, and the domains above that (Amazon SES developer guide, Verified identities).
 */
export function identitiesOf(address: string): string[] {
  const plain = withPlainDomain(address);
  const domain = domainOf(address);
  const parts = domain.split('.');
  const domains = parts.map((_, at) => parts.slice(at).join('.'));
  return [...new Set([plain, plain.replace(/\+[^@]*@/, '@'), ...domains])];
}

/** Why this is no address that SES takes, in its words; undefined: it is one. Each address has at most 320 characters. */
export function flawOfAddress(address: string): string | undefined {
  const at = address.lastIndexOf('@');
  if (at < 0) return "Missing final '@domain'";
  const local = address.slice(0, at);
  const domain = address.slice(at + 1);
  if (domain === '') return "Missing final '@domain'";
  if (local === '') return 'Missing local part';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for: a line's end would be a header.
  if (/[\s\x00-\x1f\x7f]/.test(local)) return 'Local address contains control or whitespace';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
  if (/[\s\x00-\x1f\x7f]/.test(domain)) return 'Domain contains control or whitespace';
  if (/[<>(),;:\\"[\]]/.test(address) || address.length > 320) return 'Illegal address';
  if (domain.startsWith('.') || domain.includes('..')) return 'Domain starts with dot';
  return undefined;
}
