import { BlockList, isIPv6 } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import { mailDate } from './compose.ts';
import { withHeaders } from './headers.ts';
import type { Identities } from './identities.ts';
import type { LetterFiles } from './letter-files.ts';
import type { Letters } from './letters.ts';
import { admission, stepsFor } from './receipt-rule.ts';
import type { IpFilter } from './records.ts';
import type { RuleSets } from './rule-sets.ts';
import type { Scope } from './scope.ts';

/** `no-rule`: nobody here takes letters for it. `over-tls`: not without encryption. `blocked`: not from there. */
export type Admission = 'taken' | 'over-tls' | 'blocked' | 'no-rule';

/** Whence a letter comes. */
export interface Arrival {
  readonly ip: string;
  /** As it has called itself. */
  readonly host: string;
  readonly isSecure: boolean;
}

export interface ReceivingParts {
  readonly identities: Identities;
  readonly ruleSets: RuleSets;
  readonly files: () => Promise<LetterFiles>;
  readonly letters: () => Promise<Letters>;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Buffer;
}

/** Takes letters for those who have rules for them. */
export class Receiving {
  readonly #parts: ReceivingParts;

  constructor(parts: ReceivingParts) {
    this.#parts = parts;
  }

  /** Whether a letter for a recipient is taken. */
  admits(recipient: string, { ip, isSecure }: Pick<Arrival, 'ip' | 'isSecure'>): Admission {
    const { identities, ruleSets } = this.#parts;
    const verdicts = identities.receiving(recipient).map((scope): Admission => {
      const verdict = admission(ruleSets.active(scope)?.set.rules ?? [], recipient, isSecure);
      return verdict === 'taken' && this.#isBlocked(scope, ip) ? 'blocked' : verdict;
    });
    return (['taken', 'over-tls', 'blocked'] as const).find((verdict) => verdicts.includes(verdict)) ?? 'no-rule';
  }

  /** Takes a letter for each account that has rules for it. Resolves, with its ids, when it is durable. */
  async take(
    { from, to }: { readonly from: string; readonly to: readonly string[] },
    content: Buffer,
    arrival: Arrival,
  ): Promise<string[]> {
    const { ruleSets, files, letters, clock, randomBytes } = this.#parts;
    const ids: string[] = [];
    for (const { scope, recipients } of this.#receivers(to, arrival)) {
      const active = ruleSets.active(scope);
      const steps = stepsFor(active?.set.rules ?? [], recipients, arrival.isSecure);
      // The rules have changed since its recipients were admitted.
      if (active === undefined || steps.length === 0) continue;
      const messageId = receiptId(randomBytes);
      const receivedMs = clock.nowMs();
      const traced = withTrace(content, { from, recipients, messageId, receivedMs, arrival, region: scope.region });
      const file = await (await files()).write(traced);
      await (await letters()).take({
        ...{ scope, messageId, file, from, to: recipients, receivedMs, ruleSet: active.name, steps },
      });
      ids.push(messageId);
    }
    return ids;
  }

  #receivers(to: readonly string[], { ip }: Arrival): { scope: Scope; recipients: string[] }[] {
    const receivers = new Map<string, { scope: Scope; recipients: string[] }>();
    for (const recipient of to) {
      for (const scope of this.#parts.identities.receiving(recipient)) {
        if (this.#isBlocked(scope, ip)) continue;
        const key = `${scope.account} ${scope.region}`;
        const receiver = receivers.get(key) ?? { scope, recipients: [] };
        receiver.recipients.push(recipient);
        receivers.set(key, receiver);
      }
    }
    return [...receivers.values()];
  }

  #isBlocked(scope: Scope, ip: string): boolean {
    const filters = this.#parts.ruleSets.filters(scope).map(({ value }) => value);
    return isBlocked(filters, ip);
  }
}

/** Whether a filter blocks the address, and none allows it. */
export function isBlocked(filters: readonly IpFilter[], ip: string): boolean {
  const holds = (policy: IpFilter['policy']) =>
    filters.some((filter) => filter.policy === policy && isWithin(filter.cidr, ip));
  return holds('Block') && !holds('Allow');
}

function isWithin(cidr: string, ip: string): boolean {
  const [address = '', bits] = cidr.split('/');
  const list = new BlockList();
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  return list.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
}

const ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** As SES's are: forty letters and digits; objects are called so. */
function receiptId(randomBytes: (count: number) => Buffer): string {
  // The bias of the remainder takes less than a bit of two hundred.
  return [...randomBytes(40)].map((byte) => ID_LETTERS[byte % ID_LETTERS.length]).join('');
}

/** The letter with where it came from, as every server on its way notes it (RFC 5321 section 4.4). */
function withTrace(
  content: Buffer,
  trace: {
    from: string;
    recipients: readonly string[];
    messageId: string;
    receivedMs: number;
    arrival: Arrival;
    region: string;
  },
): Buffer {
  const { from, recipients, messageId, receivedMs, arrival, region } = trace;
  const by = `by inbound-smtp.${region}.amazonaws.com with SMTP id ${messageId}`;
  const host = arrival.host.replace(/[^\w.:[\]-]/g, '');
  const received = `from ${host} (${host} [${arrival.ip}])\r\n ${by}\r\n for ${recipients[0] ?? ''};\r\n ${mailDate(receivedMs)} (UTC)`;
  return withHeaders(content, {
    before: [
      { name: 'Return-Path', value: `<${from}>` },
      { name: 'Received', value: received },
    ],
  });
}
