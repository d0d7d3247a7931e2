import { inAwsWords } from '../../../wire/in-aws-words.ts';
import type { Handlers } from '../../../wire/service.ts';
import { SesRefused } from '../refusal.ts';
import type { Ses } from '../ses.ts';
import { configurationSetHandlers } from './configuration-sets.ts';
import { identityHandlers } from './identities.ts';
import { receiptRuleHandlers } from './receipt-rules.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { sendingHandlers } from './sending.ts';
import { templateHandlers } from './templates.ts';

type Client = typeof import('@aws-sdk/client-ses');

/** Answers of version 1 of SES's API, in AWS's words. */
export function sesHandlers(ses: () => Ses): Handlers<Client> {
  const handlers = {
    ...identityHandlers(ses),
    ...sendingHandlers(ses),
    ...templateHandlers(ses),
    ...configurationSetHandlers(ses),
    ...receiptRuleHandlers(ses),
  };
  return inAwsWords(handlers, (error) => (error instanceof SesRefused ? refusalToAws(error.refusal) : error));
}
