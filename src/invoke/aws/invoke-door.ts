import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gather } from '../../environments/gather.ts';
import { functionTarget } from '../../functions/aws/function-target.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Authenticate, Authenticated } from '../../wire/authenticate.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { validate } from '../../wire/validation.ts';
import type { InvokeRequest, InvokeResult } from '../frontend.ts';
import { PAYLOAD_BYTES_MAX } from '../payload.ts';
import { clientContext } from './client-context.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { traceId } from './trace-id.ts';

export interface InvokeDoorPorts {
  readonly invoke: (request: InvokeRequest) => Promise<InvokeResult>;
  readonly authenticate: Authenticate;
  /** Throws AwsError unless the caller may invoke this function. */
  readonly authorize: (caller: Authenticated, functionArn: string) => void;
  readonly writeError: (response: ServerResponse, error: unknown, requestId: string) => void;
  readonly clock: Clock;
}

const PATH_START = '/2015-03-31/functions/';
const PATH_END = '/invocations';
/** What is read of a body that is too long before its sender is cut off: enough for the sender to see the answer. */
const EXCESS_BYTES_MAX = 64 * 1024 * 1024;
/** Above this, a copy costs more than a second write. */
const ONE_WRITE_BYTES_MAX = 16 * 1024;
const INVOCATION_TYPES = ['RequestResponse', 'DryRun', 'Event'] as const;
const LOG_TYPES = ['None', 'Tail'] as const;

/**
 * The Invoke operation's own way in: from the socket to the environment and back without a walk through schemas, and
 * without copying the payload. Answers false for every other request, which it leaves untouched.
 */
export function invokeDoor(ports: InvokeDoorPorts): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const url = request.url ?? '';
    if (request.method !== 'POST' || !url.startsWith(PATH_START)) return false;
    const queryAt = url.indexOf('?');
    const wholeEnd = queryAt === -1 ? url.length : queryAt;
    // A slash at the end makes no other route, here as with every other operation.
    const pathEnd = url.charAt(wholeEnd - 1) === '/' ? wholeEnd - 1 : wholeEnd;
    const nameEnd = pathEnd - PATH_END.length;
    if (nameEnd <= PATH_START.length || !url.startsWith(PATH_END, nameEnd)) return false;
    const name = url.slice(PATH_START.length, nameEnd);
    if (name.includes('/')) return false;
    collect(request, (body) => {
      // SAFE: `answer` writes every error as a response; it rejects only when the response itself has gone.
      answer(ports, request, response, { name, query: queryAt === -1 ? '' : url.slice(queryAt + 1), body }).catch(() =>
        response.destroy(),
      );
    });
    return true;
  };
}

async function answer(
  ports: InvokeDoorPorts,
  request: IncomingMessage,
  response: ServerResponse,
  read: { name: string; query: string; body: Buffer | { tooLong: number } },
): Promise<void> {
  const requestId = randomUUID();
  try {
    const { body } = read;
    if (!Buffer.isBuffer(body)) {
      throw refusalToAws({ kind: 'payload-too-large', bytes: body.tooLong, bytesMax: PAYLOAD_BYTES_MAX });
    }
    const { headers } = request;
    const caller = ports.authenticate({
      method: 'POST',
      url: request.url ?? '',
      headers,
      rawHeaders: request.rawHeaders,
      expectedService: 'lambda',
      body,
    });
    const type = one(headers['x-amz-invocation-type']) ?? 'RequestResponse';
    const logType = one(headers['x-amz-log-type']) ?? 'None';
    if (!isOneOf(INVOCATION_TYPES, type) || !isOneOf(LOG_TYPES, logType)) {
      validate([
        { path: 'invocationType', value: type, constraints: [{ kind: 'enum', values: INVOCATION_TYPES }] },
        { path: 'logType', value: logType, constraints: [{ kind: 'enum', values: LOG_TYPES }] },
      ]);
      throw new AwsError('ValidationException', 'The invocation type or the log type is unknown.');
    }
    const qualifier = read.query === '' ? undefined : (new URLSearchParams(read.query).get('Qualifier') ?? undefined);
    const target = functionTarget(decode(read.name), qualifier, {
      account: caller.principal.account,
      region: caller.region,
    });
    ports.authorize(caller, target.arn);
    const random = randomUUID();
    const result = await ports.invoke({
      account: target.account,
      region: target.region,
      name: target.name,
      qualifier: target.qualifier,
      type,
      payload: body,
      requestId,
      traceId: traceId(
        one(headers['x-amzn-trace-id']),
        ports.clock.nowMs(),
        random.slice(-12) + random.slice(0, 8) + random.slice(9, 13),
        random.slice(0, 8) + random.slice(24, 32),
      ),
      clientContext: clientContext(one(headers['x-amz-client-context'])),
      cognitoIdentity: undefined,
      wantsTail: logType === 'Tail',
    });
    write(response, result, requestId);
  } catch (error) {
    ports.writeError(response, error, requestId);
  }
}

function write(response: ServerResponse, result: InvokeResult, requestId: string): void {
  switch (result.kind) {
    case 'refused':
      throw refusalToAws(result.refusal);
    case 'dry-run':
      response.writeHead(204, { 'x-amzn-RequestId': requestId });
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

/** Reads a body up to the payload limit; of a longer one only the length is kept. */
function collect(request: IncomingMessage, then: (body: Buffer | { tooLong: number }) => void): void {
  let whole = gather();
  let bytes = 0;
  request.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes <= PAYLOAD_BYTES_MAX) whole.add(part);
    else whole = gather();
    if (bytes > PAYLOAD_BYTES_MAX + EXCESS_BYTES_MAX) request.destroy();
  });
  request.on('end', () => {
    then(bytes > PAYLOAD_BYTES_MAX ? { tooLong: bytes } : whole.bytes());
  });
  // SAFE: a client that leaves in the middle of its request gets no answer and has started nothing.
  request.on('error', () => {});
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function isOneOf<T extends string>(list: readonly T[], value: string): value is T {
  return (list as readonly string[]).includes(value);
}

function decode(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    // Not an encoding: as it stands it is no function's name either, and the validation says so.
    return part;
  }
}
