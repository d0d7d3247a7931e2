import { type Authorizer, judgePolicy } from '../identity/index.ts';
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
 * `judgeRole`: what a role's own policies say. `policies`: `relaxed` (`--auth relaxed`): no target's policy stands in a sender's way, as most test suites write none.
 */
export function openDelivery(parts: {
  targets: Targets;
  policies: 'enforced' | 'relaxed';
  judgeRole: Authorizer['judgeRole'];
}): Delivery & Admission {
  const { targets, policies, judgeRole } = parts;
  const admitted = async (text: string, objectKey: string | undefined, from: Sender) => {
    const arn = parseArn(text);
    const open = arn === undefined || !Object.hasOwn(targets, arn.service) ? undefined : targets[arn.service];
    if (arn === undefined || open === undefined) {
      throw new Undeliverable('unsupported-target', `Lambent cannot deliver to ${text} yet`);
    }
    const target = await open();
    const found = await target.find(arn);
    if (found === undefined) throw new Undeliverable('no-such-target', `${text} does not exist`);
    if (policies === 'enforced' && !isLetIn({ arn, target, found, objectKey }, from, judgeRole)) {
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
 * A service needs the target's permission, whoever owns it. A role needs that of its own policies in its own account, or the
 * target's, and both for a target of another account. A role may be named without existing; nothing is asked of its policies then.
 */
function isLetIn(
  { arn, target, found, objectKey }: { arn: Arn; target: Target; found: FoundTarget; objectKey: string | undefined },
  from: Sender,
  judgeRole: Authorizer['judgeRole'],
): boolean {
  if (found.policy === undefined) return true;
  const resource = found.resource ?? (objectKey === undefined ? arn.text : `${arn.text}/${objectKey}`);
  const verdict = judgePolicy(found.policy, {
    caller: from.kind === 'service' ? { service: from.service } : { account: accountOfRole(from), arn: from.roleArn },
    action: target.action,
    resource,
    context: {
      'aws:sourcearn': from.sourceArn,
      'aws:sourceaccount': from.sourceAccount,
      'aws:securetransport': 'true',
      'aws:principalisawsservice': String(from.kind === 'service'),
      ...(from.kind === 'service' && from.sourceOwner !== undefined ? { 'aws:sourceowner': from.sourceOwner } : {}),
      ...(from.kind === 'role'
        ? { 'aws:principalarn': from.roleArn, 'aws:principalaccount': accountOfRole(from) }
        : {}),
    },
  });
  if (verdict === 'denied') return false;
  if (from.kind === 'service') return verdict === 'allowed';
  const own = judgeRole(from.roleArn, target.action, resource) ?? 'allowed';
  if (own === 'denied' || own === 'out-of-bounds') return false;
  const allowing = [verdict, own].filter((one) => one === 'allowed').length;
  return allowing === 2 || (allowing === 1 && accountOfRole(from) === found.account);
}

const accountOfRole = ({ roleArn, sourceAccount }: Extract<Sender, { kind: 'role' }>): string =>
  parseArn(roleArn)?.account ?? sourceAccount;

const nameOf = (from: Sender): string => (from.kind === 'service' ? from.service : from.roleArn);
