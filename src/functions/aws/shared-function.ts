import { judgePolicy, type PolicyCaller, type PolicyRequest, type PolicyVerdict } from '../../identity/index.ts';
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
  return SHARED.has(action) && judgeFunctionPolicy(functions, { caller, action, resource: arn }) === 'allowed';
}

/** What the policy of the function, version or alias of an ARN says; `silent` also where there is none. */
export function judgeFunctionPolicy(
  functions: Pick<Functions, 'get'>,
  request: PolicyRequest & { readonly resource: string },
): PolicyVerdict {
  const [, , service, region = '', account = '', kind, name = '', qualifier = ''] = request.resource.split(':');
  if (service !== 'lambda' || kind !== 'function') return 'silent';
  const head = functions.get({ account, region, name })?.head;
  const policy = head === undefined ? undefined : own(head.policies, qualifier);
  const statements = policy?.statements.map(({ json }) => json) ?? [];
  return judgePolicy(statements, { ...request, resource: undefined });
}
