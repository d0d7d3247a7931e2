import type { AnyHandler, Handlers, OperationName } from './service.ts';

type ByName = Readonly<Record<string, AnyHandler | undefined>>;

/**
 * Handlers of these operations whose code is loaded with the first request for any of them: at the server's start it took more
 * time than it is worth to those who do not use the service. `load` answers a handler for each of the operations.
 */
export function lateHandlers<Client>(
  operations: readonly OperationName<Client>[],
  load: () => Handlers<Client>,
): Handlers<Client> {
  let loaded: ByName | undefined;
  const late = (operation: string): AnyHandler => {
    return (input, context) => {
      // SAFE: a handler is asked for by its name only, and gets the input that was read for it.
      loaded ??= load() as ByName;
      const handler = loaded[operation];
      if (handler === undefined) throw new Error(`no handler answers ${operation}`);
      return handler(input, context);
    };
  };
  // SAFE: each name gets the handler of that name.
  return Object.fromEntries(operations.map((name) => [name, late(String(name))])) as Handlers<Client>;
}
