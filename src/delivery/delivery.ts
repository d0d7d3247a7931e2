import { judgePolicy } from '../identity/index.ts';
import { type Arn, parseArn } from './arn.ts';
import type { Message } from './message.ts';
import type { Sender } from './sender.ts';
import type { FoundTarget, Target } from './target.ts';
import { Undeliverable } from './undeliverable.ts';

/** Delivers to whatever an ARN names. */
export interface Delivery {
  /**
   * Delivers once, if the target's policy lets the sender in; what has been resolved is durable at the target. Rejects with
   * `Undeliverable`, or with whatever went wrong at the target; `retryDelayMs` says whether and when to try again.
   */
  deliver(arn: string, message: Message, from: Sender, signal: AbortSignal): Promise<void>;
}

/** Asks whether something could be delivered. */
export interface Admission {
  /** Delivers nothing. Rejects with `Undeliverable` if there is no such target, or if its policy does not let the sender in. */
  assertDeliverable(arn: string, from: Sender): Promise<void>;
}

/** By the service in an ARN. A function, called for each delivery, so that a service which nobody uses is not opened. */
export type Targets = Readonly<Record<string, (() => Target | Promise<Target>) | undefined>>;

/**
 * `policies`: `relaxed` (`--auth relaxed`): no target's policy stands in a sender's way, as most test suites write none.
 */
export function openDelivery(parts: { targets: Targets; policies: 'enforced' | 'relaxed' }): Delivery & Admission {
  const { targets, policies } = parts;
  const admitted = async (text: string, objectKey: string | undefined, from: Sender) => {
    const arn = parseArn(text);
    const open = arn === undefined || !Object.hasOwn(targets, arn.service) ? undefined : targets[arn.service];
    if (arn === undefined || open === undefined) {
      throw new Undeliverable('unsupported-target', `Lambent cannot deliver to ${text} yet`);
    }
    const target = await open();
    const found = await target.find(arn);
    if (found === undefined) throw new Undeliverable('no-such-target', `${text} does not exist`);
    if (policies === 'enforced' && !isLetIn(arn, target, found, objectKey, from)) {
      throw new Undeliverable(
        'denied',
        `the policy of ${text} does not allow ${nameOf(from)} to do ${target.action} for ${from.sourceArn}`,
      );
    }
    return { arn, target };
  };
  return {
    async deliver(text, message, from, signal) {
      signal.throwIfAborted();
      const { arn, target } = await admitted(text, message.objectKey, from);
      await target.deliver(arn, message, from, signal);
    },
    async assertDeliverable(text, from) {
      await admitted(text, undefined, from);
    },
  };
}

/**
 * A service needs the target's permission, whoever owns it. The role of a function in the target's own account needs none,
 * since what its own policies allow is not evaluated yet, but may be denied; one of another account needs it.
 */
function isLetIn(arn: Arn, target: Target, found: FoundTarget, objectKey: string | undefined, from: Sender): boolean {
  const verdict = judgePolicy(found.policy, {
    caller: from.kind === 'service' ? { service: from.service } : { account: accountOfRole(from), arn: from.roleArn },
    action: target.action,
    resource: objectKey === undefined ? arn.text : `${arn.text}/${objectKey}`,
    context: {
      'aws:sourcearn': from.sourceArn,
      'aws:sourceaccount': from.sourceAccount,
      'aws:securetransport': 'true',
      'aws:principalisawsservice': String(from.kind === 'service'),
      ...(from.kind === 'role'
        ? { 'aws:principalarn': from.roleArn, 'aws:principalaccount': accountOfRole(from) }
        : {}),
    },
  });
  if (verdict === 'silent') return from.kind === 'role' && accountOfRole(from) === found.account;
  return verdict === 'allowed';
}

const accountOfRole = ({ roleArn, sourceAccount }: Extract<Sender, { kind: 'role' }>): string =>
  parseArn(roleArn)?.account ?? sourceAccount;

const nameOf = (from: Sender): string => (from.kind === 'service' ? from.service : from.roleArn);
