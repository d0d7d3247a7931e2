import { inAwsWords } from '../../../wire/in-aws-words.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { Iam } from '../iam.ts';
import { IamRefused } from '../refusal.ts';
import { attachmentHandlers } from './attachments.ts';
import { policyHandlers } from './managed-policies.ts';
import { versionHandlers } from './policy-versions.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { rolePolicyHandlers } from './role-policies.ts';
import { roleHandlers } from './roles.ts';

type Client = typeof import('@aws-sdk/client-iam');

/** Answers of IAM's operations, in AWS's words. */
export function iamHandlers(iam: Iam): Handlers<Client> {
  const handlers = {
    ...roleHandlers(iam),
    ...rolePolicyHandlers(iam),
    ...policyHandlers(iam),
    ...versionHandlers(iam),
    ...attachmentHandlers(iam),
  };
  return inAwsWords(handlers, (error, { principal }, operation) => {
    if (!(error instanceof IamRefused)) return error;
    return refusalToAws(error.refusal, { callerArn: principal.arn, action: `iam:${operation}` }, error);
  });
}
