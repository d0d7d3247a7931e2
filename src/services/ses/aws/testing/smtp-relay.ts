import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface RelayedLetter {
  readonly from: string;
  readonly to: string[];
  readonly source: string;
}

export interface SmtpRelay {
  /** As `--smtp-relay` takes it. */
  readonly url: string;
  readonly letters: RelayedLetter[];
  /** Codes of its next refusals of a letter. */
  readonly answers: number[];
  /** Codes of refusals by recipient, again and again. */
  readonly refusedRecipients: Map<string, number>;
}

/** A real SMTP server that keeps what it is given. `port`: by default any that is free. */
export async function smtpRelay(t: { after(run: () => Promise<void>): void }, port = 0): Promise<SmtpRelay> {
  const letters: RelayedLetter[] = [];
  const answers: number[] = [];
  const refusedRecipients = new Map<string, number>();
  const refusal = (code: number) =>
    Object.assign(new Error(`${code >= 500 ? '5.1.1' : '4.3.0'} no`), { responseCode: code });
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _session, answer) {
      const code = refusedRecipients.get(address);
      answer(code === undefined ? null : refusal(code));
    },
    onData(stream, { envelope }, answer) {
      text(stream).then((source) => {
        const code = answers.shift();
        if (code !== undefined) return answer(refusal(code));
        const { mailFrom, rcptTo } = envelope;
        letters.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          source,
        });
        answer();
      }, answer);
    },
  });
  const listening = server.listen(port, '127.0.0.1');
  await once(listening, 'listening');
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return {
    url: `smtp://127.0.0.1:${(listening.address() as AddressInfo).port}?from=postmaster@example.org`,
    ...{ letters, answers, refusedRecipients },
  };
}
