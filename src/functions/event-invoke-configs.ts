import type { Editing } from './editing.ts';
import {
  deleteEventInvokeConfig,
  type EventInvokeRequest,
  eventInvokable,
  eventInvokeConfigOf,
  eventInvokeConfigsOf,
  type OwnedEventInvokeConfig,
  putEventInvokeConfig,
  updateEventInvokeConfig,
} from './event-invoke-config.ts';
import type { FunctionKey } from './function.ts';
import { lookUp } from './qualifier.ts';

/** What is set for asynchronous invocations of a version or an alias; without a qualifier, of `$LATEST`. */
export interface EventInvokeConfigs {
  /** Replaces what was set before. */
  putEventInvokeConfig(
    key: FunctionKey,
    qualifier: string | undefined,
    request: EventInvokeRequest,
  ): Promise<OwnedEventInvokeConfig>;
  /** Changes what is given of a configuration that must be there. */
  updateEventInvokeConfig(
    key: FunctionKey,
    qualifier: string | undefined,
    request: EventInvokeRequest,
  ): Promise<OwnedEventInvokeConfig>;
  /** The configuration that must be there. */
  eventInvokeConfig(key: FunctionKey, qualifier: string | undefined): OwnedEventInvokeConfig;
  deleteEventInvokeConfig(key: FunctionKey, qualifier: string | undefined): Promise<void>;
  /** All of the function: `$LATEST`'s first, then versions' by number, then aliases' by name. */
  eventInvokeConfigs(key: FunctionKey, qualifier: string | undefined): OwnedEventInvokeConfig[];
}

export function eventInvokeConfigs({ catalogue, now, inTurn }: Editing): EventInvokeConfigs {
  const exists = (key: FunctionKey, qualifier: string | undefined): boolean => {
    const entry = catalogue.get(key);
    return entry !== undefined && lookUp(entry, qualifier) !== undefined;
  };
  const changing =
    (decide: typeof putEventInvokeConfig): EventInvokeConfigs['putEventInvokeConfig'] =>
    (key, qualifier, request) =>
      inTurn(key, async () => {
        const entry = eventInvokable(catalogue.get(key), qualifier);
        const head = decide(entry, qualifier, request, exists, now());
        return eventInvokeConfigOf(await catalogue.commit({ head, versions: [] }), key, qualifier);
      });

  return {
    putEventInvokeConfig: changing(putEventInvokeConfig),
    updateEventInvokeConfig: changing(updateEventInvokeConfig),
    eventInvokeConfig: (key, qualifier) => eventInvokeConfigOf(catalogue.get(key), key, qualifier),
    deleteEventInvokeConfig: (key, qualifier) =>
      inTurn(key, async () => {
        const head = deleteEventInvokeConfig(catalogue.get(key), key, qualifier);
        await catalogue.commit({ head, versions: [] });
      }),
    eventInvokeConfigs: (key, qualifier) => eventInvokeConfigsOf(eventInvokable(catalogue.get(key), qualifier).head),
  };
}
