import type { RequestContext } from '../../wire/service.ts';

/** Throws AWS's refusal unless the caller may give this role to a function (Granting a user permissions to pass a role, IAM User Guide). */
export function assertMayPass(roleArn: string | undefined, { assertMay }: Pick<RequestContext, 'assertMay'>): void {
  if (roleArn !== undefined) assertMay('iam:PassRole', roleArn, { 'iam:passedtoservice': 'lambda.amazonaws.com' });
}
