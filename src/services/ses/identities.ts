import type { Clock } from '../../lib/clock.ts';
import { flawOfAddress, identitiesOf, withPlainDomain } from './address.ts';
import { type DomainOwners, isOwned, type MailIdentity, newIdentity } from './identity.ts';
import { SesRefused } from './refusal.ts';
import type { Scope } from './scope.ts';
import type { SesStore } from './ses-store.ts';

/** AWS: quota of identities in a region. */
const IDENTITIES_MAX = 10_000;
/** AWS: how long the link that verifies an address works. */
const LINK_MS = 24 * 3_600_000;

/** From what an account may send. What changes resolves when it is durable. Throws `SesRefused`. */
export class Identities {
  readonly #store: SesStore;
  readonly #clock: Clock;
  readonly #owners: DomainOwners;
  readonly #newToken: () => string;

  constructor(store: SesStore, ports: { clock: Clock; owners: DomainOwners; newToken: () => string }) {
    this.#store = store;
    this.#clock = ports.clock;
    this.#owners = ports.owners;
    this.#newToken = ports.newToken;
  }

  find(scope: Scope, name: string): MailIdentity | undefined {
    return this.#store.find(scope, 'identity', keyOf(name));
  }

  get(scope: Scope, name: string): MailIdentity {
    const identity = this.find(scope, name);
    if (identity === undefined) throw new SesRefused({ kind: 'no-such', what: 'identity', name });
    return identity;
  }

  list(scope: Scope, after: string | undefined, countMax: number) {
    return this.#store.list(scope, 'identity', { after, countMax });
  }

  /**
   * Adds an identity, or begins its verification again if there is one; one that belongs to the account is verified at once.
   * `isNew`: there must be none.
   */
  async verify(
    scope: Scope,
    name: string,
    { isNew = false, tags }: { isNew?: boolean; tags?: Readonly<Record<string, string>> } = {},
  ): Promise<MailIdentity> {
    const key = keyOf(name);
    const flaw = key.includes('@') ? flawOfAddress(key) : flawOfDomain(key);
    if (flaw !== undefined) throw new SesRefused({ kind: 'bad-address', flaw });
    return this.#store.write(() => {
      const found = this.#store.find(scope, 'identity', key);
      if (found !== undefined && isNew) throw new SesRefused({ kind: 'exists', what: 'identity', name });
      const isFull = found === undefined && this.#store.count(scope, 'identity') >= IDENTITIES_MAX;
      if (isFull) throw new SesRefused({ kind: 'too-many', what: 'identity', countMax: IDENTITIES_MAX });
      const nowMs = this.#clock.nowMs();
      const identity = found ?? newIdentity(key, this.#newToken(), nowMs);
      const isVerified = identity.state === 'verified' || isOwned(this.#owners, scope.account, key);
      const next: MailIdentity = {
        ...identity,
        ...(isVerified ? { state: 'verified' } : { createdMs: nowMs }),
        tags: tags ?? identity.tags,
      };
      this.#store.put(scope, 'identity', key, next);
      return next;
    });
  }

  /** By the link of a letter. Whether it was the right one, in time. */
  async confirm(scope: Scope, name: string, token: string): Promise<boolean> {
    const found = this.find(scope, name);
    if (found === undefined || found.kind !== 'address' || found.token !== token) return false;
    if (this.#clock.nowMs() - found.createdMs > LINK_MS) return found.state === 'verified';
    await this.change(scope, name, (identity) => ({ ...identity, state: 'verified' }));
    return true;
  }

  async change(scope: Scope, name: string, to: (identity: MailIdentity) => MailIdentity): Promise<void> {
    await this.#store.write(() => this.#store.put(scope, 'identity', keyOf(name), to(this.get(scope, name))));
  }

  /** Whether there was one. */
  delete(scope: Scope, name: string): Promise<boolean> {
    return this.#store.write(() => this.#store.remove(scope, 'identity', keyOf(name)));
  }

  /** The identity by which the account may send from an address; undefined: it may not. */
  sendingFrom(scope: Scope, address: string): { name: string; identity: MailIdentity } | undefined {
    for (const name of identitiesOf(address)) {
      const identity = this.find(scope, name);
      if (identity?.state === 'verified') return { name, identity };
    }
    return undefined;
  }

  /** The regions in which an account has anything to do with mail. */
  regionsOf(account: string): string[] {
    return this.#store.regionsOf(account);
  }

  /** Who receives the letters for an address: those who have verified its domain, or one above it. */
  receiving(address: string): Scope[] {
    for (const name of identitiesOf(address)) {
      if (name.includes('@')) continue;
      const scopes = this.#store.scopesWith('identity', name);
      const verified = scopes.filter((scope) => this.find(scope, name)?.state === 'verified');
      if (verified.length > 0) return verified;
    }
    return [];
  }
}

/** Domains are told apart without regard to case, local parts with it. */
function keyOf(name: string): string {
  return name.includes('@') ? withPlainDomain(name) : name.toLowerCase();
}

function flawOfDomain(domain: string): string | undefined {
  const isDomain = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/.test(domain);
  return isDomain ? undefined : `Invalid domain name ${domain}.`;
}
