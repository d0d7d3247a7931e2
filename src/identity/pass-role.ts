import type { RequestContext } from '../wire/service.ts';

/**
 * Throws AWS's refusal unless the caller may have a service (`lambda.amazonaws.com`) act as the role (Granting a user
 * permissions to pass a role to an AWS service, IAM User Guide).
 */
export function assertMayPass(
  roleArn: string | undefined,
  service: string,
  { assertMay }: Pick<RequestContext, 'assertMay'>,
): void {
  if (roleArn !== undefined) assertMay('iam:PassRole', roleArn, { 'iam:passedtoservice': service });
}
