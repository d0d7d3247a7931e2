import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InvokeResult } from '../frontend.ts';
import { admitted, type Door, doorAt, type InvokeCall, type InvokeDoorPorts } from './invoke-call.ts';
import { refusalToAws } from './refusal-to-aws.ts';

const PATH = { start: '/2015-03-31/functions/', end: '/invocations' };
/** Above this, a copy costs more than a second write. */
const ONE_WRITE_BYTES_MAX = 16 * 1024;
const INVOCATION_TYPES = ['RequestResponse', 'DryRun', 'Event'] as const;

/**
 * The Invoke operation's own way in: from the socket to the environment and back without a walk through schemas, and
 * without copying the payload. Answers false for every other request, which it leaves untouched.
 */
export function invokeDoor(ports: InvokeDoorPorts): Door {
  return doorAt(PATH, (request, response, call) => answer(ports, request, response, call));
}

async function answer(
  ports: InvokeDoorPorts,
  request: IncomingMessage,
  response: ServerResponse,
  call: InvokeCall,
): Promise<void> {
  const requestId = randomUUID();
  try {
    const invocation = admitted(ports, request, call, requestId, INVOCATION_TYPES);
    write(response, await ports.invoke(invocation), invocation);
  } catch (error) {
    ports.writeError(response, error, requestId);
  }
}

interface InvokeIds {
  readonly requestId: string;
  readonly traceId: string;
}

function write(response: ServerResponse, result: InvokeResult, { requestId, traceId }: InvokeIds): void {
  switch (result.kind) {
    case 'refused':
      throw refusalToAws(result.refusal);
    case 'dry-run':
      response.writeHead(204, { 'x-amzn-RequestId': requestId, 'X-Amzn-Trace-Id': traceId });
      response.end();
      return;
    case 'ran': {
      const { outcome } = result;
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
  }
}
