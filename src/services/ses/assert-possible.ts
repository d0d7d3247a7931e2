import { mailboxesIn } from './address.ts';
import type { Identities } from './identities.ts';
import { type ReceiptPorts, receiptSender } from './incoming-work.ts';
import type { ReceiptRule } from './receipt-rule.ts';
import { SesRefused } from './refusal.ts';
import type { Scope } from './scope.ts';

/** AWS writes this object to see whether it may. */
const SETUP_KEY = 'AMAZON_SES_SETUP_NOTIFICATION';
const SETUP_MS_MAX = 30_000;

/** Throws `SesRefused` for a rule whose actions will fail: what they lead to must be there, and let SES in. */
export async function assertPossible(
  scope: Scope,
  ruleSet: string,
  rule: ReceiptRule,
  ports: Pick<ReceiptPorts, 'deliver' | 'assertDeliverable'> & { identities: Identities; canSend: boolean },
): Promise<void> {
  const from = receiptSender(scope, ruleSet, rule.name);
  const telling = async (to: 's3' | 'lambda' | 'sns', name: string, asked: Promise<void>) => {
    try {
      await asked;
    } catch (cause) {
      throw new SesRefused({ kind: 'cannot-deliver', to, name }, { cause });
    }
  };
  for (const action of rule.actions) {
    if (action.kind === 's3') {
      const body = Buffer.from(`Amazon SES may write what the receipt rule ${rule.name} says to this bucket.\n`);
      const message = { body, objectKey: `${action.prefix}${SETUP_KEY}`, contentType: 'text/plain' };
      const signal = AbortSignal.timeout(SETUP_MS_MAX);
      await telling('s3', action.bucket, ports.deliver(`arn:aws:s3:::${action.bucket}`, message, from, signal));
    }
    if (action.kind === 'lambda') await telling('lambda', action.arn, ports.assertDeliverable(action.arn, from));
    if (action.kind === 'bounce') {
      const [sender] = mailboxesIn(action.sender);
      if (ports.identities.sendingFrom(scope, sender?.address ?? '') === undefined)
        throw new SesRefused({ kind: 'not-verified', addresses: [action.sender], region: scope.region });
      if (!ports.canSend) throw new SesRefused({ kind: 'no-relay' });
    }
    if ('topic' in action && action.topic !== undefined)
      await telling('sns', action.topic, ports.assertDeliverable(action.topic, from));
  }
}
