import { type PolicyCaller, policyAllows } from '../../identity/index.ts';
import { own } from '../../lib/own.ts';
import type { Functions } from '../functions.ts';

/**
 * What a function's policy can let other accounts do. AWS: "Lambda doesn't support cross-account actions for all of its
 * APIs via resource-based policies. The following APIs are supported" (Using resource-based policies for Lambda,
 * developer guide). Above all, nobody grants more to himself: neither permissions nor configuration are among them.
 */
const SHARED = new Set(
  [
    'InvokeFunction',
    'GetFunction',
    'GetFunctionConfiguration',
    'UpdateFunctionCode',
    'DeleteFunction',
    'PublishVersion',
    'ListVersionsByFunction',
    'CreateAlias',
    'GetAlias',
    'ListAliases',
    'UpdateAlias',
    'DeleteAlias',
    'GetPolicy',
    'PutFunctionConcurrency',
    'DeleteFunctionConcurrency',
    'ListTags',
    'TagResource',
    'UntagResource',
  ].map((action) => `lambda:${action}`),
);

/**
 * Whether a caller of another account may do `action` to the function, version or alias of an ARN: its own policy decides,
 * not that of the function to which it belongs. `$LATEST` by name cannot have one.
 */
export function isSharedWith(
  functions: Pick<Functions, 'get'>,
  caller: PolicyCaller,
  action: string,
  arn: string,
): boolean {
  if (!SHARED.has(action)) return false;
  const [, , service, region = '', account = '', kind, name = '', qualifier = ''] = arn.split(':');
  if (service !== 'lambda' || kind !== 'function') return false;
  const head = functions.get({ account, region, name })?.head;
  const policy = head === undefined ? undefined : own(head.policies, qualifier);
  return (
    policy !== undefined &&
    policyAllows(
      policy.statements.map(({ json }) => json),
      caller,
      action,
    )
  );
}
