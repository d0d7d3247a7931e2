import type { AnyHandler, Handlers, RequestContext } from './service.ts';

/**
 * The same handlers, with what they throw told as AWS tells it: the core of a room refuses in words of ours. `toAws` answers
 * the error to throw in its place, which may be the same.
 */
export function inAwsWords<Client>(
  handlers: Handlers<Client>,
  toAws: (error: unknown, context: RequestContext, operation: string) => unknown,
): Handlers<Client> {
  const telling = (operation: string, handler: AnyHandler): AnyHandler => {
    return async (input, context) => {
      try {
        return await handler(input, context);
      } catch (error) {
        throw toAws(error, context, operation);
      }
    };
  };
  const told = Object.entries(handlers).map(([name, handler]) => [name, telling(name, handler as AnyHandler)]);
  // SAFE: each handler keeps its name and its types; only what it throws is another.
  return Object.fromEntries(told) as Handlers<Client>;
}
