import type { AddPermissionRequest } from '@aws-sdk/client-lambda';
import { invalid } from './refusal-to-aws.ts';

/** The statement as AWS words it, with its order of members (lambda-facts 11). Throws AwsError for members that make none. */
export function statementJson(input: AddPermissionRequest, resourceArn: string): string {
  if (input.FunctionUrlAuthType !== undefined && input.Action !== 'lambda:InvokeFunctionUrl') {
    throw invalid('FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action');
  }
  const equals = withoutUndefined({
    'AWS:SourceAccount': input.SourceAccount,
    'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType,
    'aws:PrincipalOrgID': input.PrincipalOrgID,
    'lambda:EventSourceToken': input.EventSourceToken,
  });
  const condition = withoutUndefined({
    StringEquals: Object.keys(equals).length === 0 ? undefined : equals,
    ArnLike: input.SourceArn === undefined ? undefined : { 'AWS:SourceArn': input.SourceArn },
    Bool: input.InvokedViaFunctionUrl ? { 'lambda:InvokedViaFunctionUrl': 'true' } : undefined,
  });
  return JSON.stringify({
    Sid: input.StatementId,
    Effect: 'Allow',
    Principal: principal(input.Principal ?? ''),
    Action: input.Action,
    Resource: resourceArn,
    Condition: Object.keys(condition).length === 0 ? undefined : condition,
  });
}

const SERVICE = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com)$/; // The last is Alexa's.
const IDENTITY_ARN = /^arn:aws[a-zA-Z-]*:(iam|sts)::\d{12}:\S+$/;

export const BAD_PRINCIPAL = 'The provided principal was invalid. Please check the principal and try again.';

/** Whether a statement can have a principal of this kind and name, `AWS` and an account's number for example. */
export function isPrincipal(kind: string, name: string): boolean {
  if (kind === 'AWS') return name === '*' || /^\d{12}$/.test(name) || IDENTITY_ARN.test(name);
  if (kind === 'Service') return SERVICE.test(name);
  return (kind === 'Federated' || kind === 'CanonicalUser') && name !== '';
}

/** As it stands in a statement. Throws AwsError. */
export function principal(text: string): unknown {
  if (text === '*') return '*';
  if (/^\d{12}$/.test(text)) return { AWS: `arn:aws:iam::${text}:root` };
  if (IDENTITY_ARN.test(text)) return { AWS: text };
  if (SERVICE.test(text)) return { Service: text };
  throw invalid(BAD_PRINCIPAL);
}

function withoutUndefined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
