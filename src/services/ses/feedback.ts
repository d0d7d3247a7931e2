import type { Outbox } from '../../delivery/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ConfigurationSets } from './configuration-sets.ts';
import { type MailEvent, notesFor } from './feedback-notes.ts';
import type { Header } from './headers.ts';
import type { Identities } from './identities.ts';
import type { OutgoingLetter } from './outgoing.ts';

/** What delivers as SES is let in by policies under this name. */
export const SES_PRINCIPAL = 'ses.amazonaws.com';

export interface Feedback {
  /** Tells topics what has happened to a letter. Resolves once it is durable that they will be told. */
  tell(letter: Omit<OutgoingLetter, 'file'>, headers: readonly Header[], event: MailEvent): Promise<void>;
}

export function openFeedback(parts: {
  readonly identities: Identities;
  readonly configurationSets: ConfigurationSets;
  readonly post: Outbox['post'];
  readonly clock: Clock;
}): Feedback {
  const { identities, configurationSets, post, clock } = parts;
  return {
    async tell(letter, headers, event) {
      const { scope, identity, configurationSet } = letter;
      const settings = {
        identity: identities.find(scope, identity),
        configurationSet: configurationSet === undefined ? undefined : configurationSets.find(scope, configurationSet),
      };
      for (const { topic, sourceArn, subject, body } of notesFor(letter, headers, event, settings, clock.nowMs())) {
        await post({
          arn: topic,
          message: { body: Buffer.from(body), subject },
          from: { kind: 'service', service: SES_PRINCIPAL, sourceArn, sourceAccount: scope.account },
          purpose: 'notification',
        });
      }
    },
  };
}
