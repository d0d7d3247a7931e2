import { type Door, doorAt, type InvokeDoorPorts, whatRan } from './invoke-call.ts';

const INVOKE_ASYNC = { start: '/2014-11-13/functions/', end: '/invoke-async', types: ['Event'] } as const;

/** The deprecated InvokeAsync: an Invoke of the type Event. Its `Status` is the HTTP status (lambda-facts 20). */
export function invokeAsyncDoor(ports: InvokeDoorPorts): Door {
  return doorAt(INVOKE_ASYNC, ports, async (response, invocation) => {
    whatRan(response, await ports.invoke(invocation), invocation);
  });
}
