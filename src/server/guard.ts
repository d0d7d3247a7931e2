import { actionOf, authorize } from '../identity/index.ts';
import type { AnyHandler, RequestContext, ServiceDefinition } from '../wire/service.ts';

/** The same service, each operation of which first asks whether its caller may do that. */
export function guarded(service: ServiceDefinition): ServiceDefinition {
  const handlers: Record<string, AnyHandler | undefined> = {};
  for (const [operation, handler] of Object.entries(service.handlers)) {
    if (handler === undefined) continue;
    const action = actionOf(service.signingName, operation);
    handlers[operation] = (input, context) => {
      authorize(context.principal, action, resourceOf(input, context));
      return handler(input, context);
    };
  }
  return { ...service, handlers };
}

/** What the refusal names as the resource: the function where there is one, else anything. */
function resourceOf(input: Readonly<Record<string, unknown>>, { account, region }: RequestContext): string {
  const { FunctionName: name } = input;
  if (typeof name !== 'string') return '*';
  // A full ARN may name another account, which the service itself refuses in its own words.
  return name.startsWith('arn:') ? name : `arn:aws:lambda:${region}:${account}:function:${name}`;
}
