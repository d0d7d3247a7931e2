import { type Scope, sesArn } from './scope.ts';

/** An address or a domain from which somebody wants to send; domains may also receive. */
export interface MailIdentity {
  readonly kind: 'address' | 'domain';
  readonly state: 'pending' | 'verified';
  /** What proves that an address is read by who asks, or stands for a domain: AWS's `VerificationToken`. */
  readonly token: string;
  readonly createdMs: number;
  /** Topics that are told what became of letters. */
  readonly topics: Readonly<Partial<Record<FeedbackKind, string>>>;
  /** Whether those are told the letters' headers, too. */
  readonly withHeaders: readonly FeedbackKind[];
  readonly forwarding: boolean;
  readonly configurationSet: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

export const FEEDBACK_KINDS = ['Bounce', 'Complaint', 'Delivery'] as const;
export type FeedbackKind = (typeof FEEDBACK_KINDS)[number];

export function newIdentity(name: string, token: string, nowMs: number): MailIdentity {
  return {
    kind: name.includes('@') ? 'address' : 'domain',
    state: 'pending',
    token,
    createdMs: nowMs,
    topics: {},
    withHeaders: [],
    forwarding: true,
    configurationSet: undefined,
    tags: {},
  };
}

export const identityArn = (scope: Scope, name: string) => sesArn(scope, `identity/${name}`);

/** A domain that the operator says an account owns. */
export interface OwnedDomain {
  readonly domain: string;
  readonly account: string;
}

/**
 * Whose domains are: those that the operator has named with `serve --mail-domain`, and all below them; `anybody` where any
 * key is accepted, too. Nobody else can verify a domain here (docs/decisions/023).
 */
export type DomainOwners = readonly OwnedDomain[] | 'anybody';

/** Whether an address or a domain belongs to the account without being asked. */
export function isOwned(owners: DomainOwners, account: string, name: string): boolean {
  if (owners === 'anybody') return true;
  const domain = name.slice(name.lastIndexOf('@') + 1).toLowerCase();
  const fits = owners.filter((one) => domain === one.domain || domain.endsWith(`.${one.domain}`));
  // The nearest one decides, so that a domain may be given to one account and one below it to another.
  const nearest = fits.reduce<OwnedDomain | undefined>(
    (best, one) => (best === undefined || one.domain.length > best.domain.length ? one : best),
    undefined,
  );
  return nearest?.account === account;
}
