import { actionOf, actionOfVersion, authorize } from '../identity/index.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AnyHandler, Principal, RequestContext, ServiceDefinition } from '../wire/service.ts';

/** Whether the policy of a resource of another account lets a caller do something to it. */
export type MayReach = (caller: Principal, action: string, resourceArn: string) => boolean;

/** What a resource's own policy says to callers of its own account. */
export interface ResourcePolicies {
  /** It forbids it, whatever the caller's policies say. */
  denies(by: Asking, action: string, resourceArn: string): boolean;
  /** It names the caller, or everybody: then it needs no policy of the caller's. */
  grants(by: Asking, action: string, resourceArn: string): boolean;
}

export type Asking = Pick<RequestContext, 'principal' | 'headers' | 'sourceIp'>;

/** Its handler asks for each object that it names, and answers for each. */
const JUDGED_WITHIN = new Set(['DeleteObjects']);

/** The same service, each operation of which first asks whether its caller may do that, and knows what is shared with it. */
export function guarded(service: ServiceDefinition, mayReach: MayReach, policies: ResourcePolicies): ServiceDefinition {
  const handlers: Record<string, AnyHandler | undefined> = {};
  for (const [operation, handler] of Object.entries(service.handlers)) {
    if (handler === undefined) continue;
    const usual = actionOf(service.signingName, operation);
    handlers[operation] = (input, context) => {
      const { principal } = context;
      const action = actionOfVersion(usual, versionOf(input));
      if (!JUDGED_WITHIN.has(operation)) assertMay(policies, context, action, resourceOf(input, context));
      return handler(input, {
        ...context,
        mayReach: (arn, other = action) => mayReach(principal, other, arn),
        assertMay: (other, arn) => assertMay(policies, context, other, arn),
      });
    };
  }
  return { ...service, handlers };
}

/** Throws AWS's refusal unless the caller's own policies or the resource's allow it, and none forbids it. */
export function assertMay(policies: ResourcePolicies, by: Asking, action: string, resource: string): void {
  if (!policies.grants(by, action, resource)) authorize(by.principal, action, resource);
  if (policies.denies(by, action, resource)) throw deniedByResource(by.principal, action, resource);
}

function versionOf({ VersionId: id }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof id === 'string' ? id : undefined;
}

function deniedByResource({ arn }: Principal, action: string, resource: string): AwsError {
  const text = `User: ${arn} is not authorized to perform: ${action} on resource: "${resource}" with an explicit deny in a resource-based policy`;
  return new AwsError('AccessDeniedException', text);
}

/** What the refusal names as the resource: the function, bucket or object where there is one, else anything. */
function resourceOf(input: Readonly<Record<string, unknown>>, { account, region }: RequestContext): string {
  const { FunctionName: name, Bucket: bucket, Key: key } = input;
  if (typeof bucket === 'string') return `arn:aws:s3:::${bucket}${typeof key === 'string' ? `/${key}` : ''}`;
  if (typeof name !== 'string') return '*';
  // A full ARN may name another account, which the service itself refuses in its own words.
  return name.startsWith('arn:') ? name : `arn:aws:lambda:${region}:${account}:function:${name}`;
}
