import { inAwsWords } from '../../../../wire/in-aws-words.ts';
import type { Handlers } from '../../../../wire/service.ts';
import { SesRefused } from '../../refusal.ts';
import type { Ses } from '../../ses.ts';
import { refusalToAwsV2 } from '../refusal-to-aws.ts';
import { configurationSetHandlers } from './configuration-sets.ts';
import { identityHandlers } from './identities.ts';
import { sendingHandlers } from './sending.ts';
import { templateHandlers } from './templates.ts';

type Client = typeof import('@aws-sdk/client-sesv2');

/** Answers of version 2 of SES's API, in AWS's words. */
export function sesV2Handlers(ses: () => Ses): Handlers<Client> {
  const handlers = {
    ...identityHandlers(ses),
    ...sendingHandlers(ses),
    ...templateHandlers(ses),
    ...configurationSetHandlers(ses),
  };
  return inAwsWords(handlers, (error) => (error instanceof SesRefused ? refusalToAwsV2(error.refusal) : error));
}
