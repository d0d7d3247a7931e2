import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { smtpCertificate } from '../../smtp-certificate.ts';
import { openSmtpListener } from '../smtp-listener.ts';
import { ACCOUNT, REGION, type SesServer, type SesServerOptions, sdk, serveSes } from './serve-ses.ts';

export const USER = { username: 'AKIAMAIL', password: randomBytes(9).toString('hex') };

export type MailServer = SesServer & { readonly smtpPort: number };

/** Mail with its SMTP side, whose account has verified the domain `example.com`, and has an active rule set `rules`. */
export async function serveMail(
  t: TestContext,
  { takesPlainPasswords = true, ...options }: SesServerOptions & { takesPlainPasswords?: boolean } = {},
): Promise<MailServer> {
  const server = await serveSes(t, options);
  const listener = await openSmtpListener({
    ...{ host: '127.0.0.1', port: 0, takesPlainPasswords, ses: server.ses.core, log: pino({ level: 'fatal' }) },
    certificate: await smtpCertificate(server.dataDir, Date.now()),
    authenticate: ({ username, password }) => {
      if (username !== USER.username || password !== USER.password) return undefined;
      const arn = `arn:aws:iam::${ACCOUNT}:root`;
      const principal = { accessKeyId: username, account: ACCOUNT, arn, userId: ACCOUNT, kind: 'root' } as const;
      return { principal, region: REGION };
    },
  });
  t.after(() => listener[Symbol.asyncDispose]());
  const { client } = server;
  await client.send(new sdk.VerifyDomainIdentityCommand({ Domain: 'example.com' }));
  await client.send(new sdk.CreateReceiptRuleSetCommand({ RuleSetName: 'rules' })).catch(() => {
    // SAFE: a server that is started again in a directory has it already.
  });
  await client.send(new sdk.SetActiveReceiptRuleSetCommand({ RuleSetName: 'rules' }));
  return { ...server, smtpPort: listener.port };
}

/** Adds a rule behind those that are there. */
export async function addRule({ client }: MailServer, rule: Partial<import('@aws-sdk/client-ses').ReceiptRule>) {
  const { Rules = [] } = await client.send(new sdk.DescribeReceiptRuleSetCommand({ RuleSetName: 'rules' }));
  const Name = rule.Name ?? `rule-${Rules.length}`;
  const input = { RuleSetName: 'rules', After: Rules.at(-1)?.Name, Rule: { Enabled: true, ...rule, Name } };
  await client.send(new sdk.CreateReceiptRuleCommand(input));
}
