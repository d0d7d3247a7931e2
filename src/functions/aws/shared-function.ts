import { type PolicyCaller, policyAllows } from '../../identity/index.ts';
import { own } from '../../lib/own.ts';
import type { Functions } from '../functions.ts';

/**
 * What a function's policy can let other accounts do. AWS: "The following Lambda API actions support resource-based
 * policies" (Working with resource-based policies in Lambda, developer guide, September 2026). Above all, nobody grants
 * more to himself: neither permissions nor the function's own configuration are among them.
 */
const SHARED = new Set(
  [
    'CreateAlias',
    'DeleteAlias',
    'DeleteFunction',
    'DeleteFunctionConcurrency',
    'DeleteFunctionEventInvokeConfig',
    'DeleteProvisionedConcurrencyConfig',
    'GetAlias',
    'GetFunction',
    'GetFunctionConcurrency',
    'GetFunctionConfiguration',
    'GetFunctionEventInvokeConfig',
    'GetPolicy',
    'GetProvisionedConcurrencyConfig',
    'InvokeFunction',
    'ListAliases',
    'ListFunctionEventInvokeConfigs',
    'ListProvisionedConcurrencyConfigs',
    'ListTags',
    'ListVersionsByFunction',
    'PublishVersion',
    'PutFunctionConcurrency',
    'PutFunctionEventInvokeConfig',
    'PutProvisionedConcurrencyConfig',
    'TagResource',
    'UntagResource',
    'UpdateAlias',
    'UpdateFunctionCode',
    'UpdateFunctionEventInvokeConfig',
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
