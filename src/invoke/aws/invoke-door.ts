import type { ServerResponse } from 'node:http';
import type { Outcome } from '../../environments/spec.ts';
import { type AdmittedInvocation, type Door, doorAt, type InvokeDoorPorts, whatRan } from './invoke-call.ts';

const INVOKE = {
  start: '/2015-03-31/functions/',
  end: '/invocations',
  types: ['RequestResponse', 'DryRun', 'Event'],
} as const;
/** Above this, a copy costs more than a second write. */
const ONE_WRITE_BYTES_MAX = 16 * 1024;

/**
 * The Invoke operation's own way in: from the socket to the environment and back without a walk through schemas, and
 * without copying the payload. Answers false for every other request, which it leaves untouched.
 */
export function invokeDoor(ports: InvokeDoorPorts): Door {
  return doorAt(INVOKE, ports, async (response, invocation) => {
    const outcome = whatRan(response, await ports.invoke(invocation), invocation);
    if (outcome !== undefined) write(response, outcome, invocation);
  });
}

function write(response: ServerResponse, outcome: Outcome, { requestId, traceId }: AdmittedInvocation): void {
  const { payload } = outcome;
  const headers = [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(payload.length),
    'x-amzn-RequestId',
    requestId,
    'X-Amzn-Trace-Id',
    traceId,
    'X-Amz-Executed-Version',
    outcome.version,
  ];
  if (outcome.kind === 'function-error') headers.push('X-Amz-Function-Error', 'Unhandled');
  if (outcome.tail !== undefined) headers.push('X-Amz-Log-Result', outcome.tail.toString('base64'));
  response.writeHead(200, headers);
  // Node sends a text together with its head in one write, bytes in a second one; Latin-1 keeps every byte as it is.
  if (payload.length <= ONE_WRITE_BYTES_MAX) response.end(payload.toString('latin1'), 'latin1');
  else response.end(payload);
}
