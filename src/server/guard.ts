import { type Authorizer, actionOf, actionOfVersion, refusalOf } from '../identity/index.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AnyHandler, Asking, Principal, ServiceDefinition } from '../wire/service.ts';

/** Whether the policy of a resource of another account lets a caller do something to it. */
export type MayReach = (caller: Principal, action: string, resourceArn: string) => boolean;

/** What a resource's own policy says to callers of its own account. */
export interface ResourcePolicies {
  /** It forbids it, whatever the caller's policies say. */
  denies(by: Asking, action: string, resourceArn: string): boolean;
  /** It names the caller, or everybody: then it needs no policy of the caller's. */
  grants(by: Asking, action: string, resourceArn: string): boolean;
}

/** Asks whether callers may do what they want to. */
export interface Guard {
  /** The same service, each operation of which first asks whether its caller may do that, and knows what is shared with it. */
  guarded(service: ServiceDefinition): ServiceDefinition;
  /** Throws AWS's refusal unless the caller's own policies or the resource's allow it, and none forbids it. */
  assertMay(by: Asking, action: string, resource: string, context?: Readonly<Record<string, string>>): void;
  readonly mayReach: MayReach;
}

export interface GuardPorts {
  readonly authorizer: Authorizer;
  readonly mayReach: MayReach;
  readonly policies: ResourcePolicies;
}

export function openGuard({ authorizer, mayReach, policies }: GuardPorts): Guard {
  const assertMay: Guard['assertMay'] = (by, action, resource, context) => {
    const { principal } = by;
    const verdict = authorizer.judge(by, action, resource, context);
    if (verdict === 'denied') throw refusalOf(verdict, principal, action, resource);
    if (policies.denies(by, action, resource)) throw deniedByResource(principal, action, resource);
    if (verdict === 'out-of-bounds' || (verdict === 'silent' && !policies.grants(by, action, resource))) {
      throw refusalOf(verdict, principal, action, resource);
    }
  };
  return {
    assertMay,
    mayReach,
    guarded(service) {
      const handlers: Record<string, AnyHandler | undefined> = {};
      for (const [operation, handler] of Object.entries(service.handlers)) {
        if (handler === undefined) continue;
        const usual = actionOf(service.signingName, operation);
        handlers[operation] = (input, context) => {
          const action = actionOfVersion(usual, versionOf(input));
          const resources = service.resources?.(operation, input, context) ?? ANYTHING;
          for (const resource of resources) assertMay(context, action, resource);
          return handler(input, {
            ...context,
            mayReach: (arn, other = action) => mayReach(context.principal, other, arn),
            assertMay: (other, arn, more) => assertMay(context, other, arn, more),
          });
        };
      }
      return { ...service, handlers };
    },
  };
}

/** Of operations that are about nothing in particular. */
const ANYTHING = ['*'];

function versionOf({ VersionId: id }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof id === 'string' ? id : undefined;
}

function deniedByResource({ arn }: Principal, action: string, resource: string): AwsError {
  const text = `User: ${arn} is not authorized to perform: ${action} on resource: "${resource}" with an explicit deny in a resource-based policy`;
  return new AwsError('AccessDeniedException', text);
}
