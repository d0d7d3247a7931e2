import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gather } from '../../environments/guests/gather.ts';
import type { Outcome } from '../../environments/spec.ts';
import { NAMESPACED_FUNCTION_NAME, QUALIFIER } from '../../functions/aws/constraints/names.ts';
import { functionTarget } from '../../functions/aws/function-target.ts';
import { notSupportedYet } from '../../functions/aws/unsupported.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Authenticate, Authenticated } from '../../wire/authenticate.ts';
import { AwsError } from '../../wire/aws-error.ts';
import type { Asking } from '../../wire/service.ts';
import { sourceIpOf } from '../../wire/source-ip.ts';
import { oneOf, validate } from '../../wire/validation.ts';
import type { InvokeRequest, InvokeResult } from '../frontend.ts';
import { EVENT_BYTES_MAX, PAYLOAD_BYTES_MAX } from '../payload.ts';
import { clientContext } from './client-context.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { newTraceId } from './trace-id.ts';

/** Answers a request, or answers false and leaves it untouched. */
export type Door = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface InvokeDoorPorts {
  readonly invoke: (request: InvokeRequest) => Promise<InvokeResult>;
  readonly authenticate: Authenticate;
  /** Throws AwsError unless the caller's own policies let it invoke this function. */
  readonly authorize: (by: Asking, functionArn: string) => void;
  /** Whether the policy of another account's function lets the caller invoke it. */
  readonly mayReach: (caller: Authenticated, functionArn: string) => boolean;
  readonly writeError: (response: ServerResponse, error: unknown, requestId: string) => void;
  readonly clock: Clock;
}

/** What a caller asks for who may; the ids are ours. */
export type AdmittedInvocation = Omit<InvokeRequest, 'sink'>;

/** What of a request says what is to be invoked: the name as it stands in the path, and the whole body. */
interface InvokeCall {
  readonly name: string;
  readonly query: string;
  readonly body: Buffer | { readonly tooLong: number };
}

/** What is read of a body that is too long before its sender is cut off: enough for the sender to see the answer. */
const EXCESS_BYTES_MAX = 64 * 1024 * 1024;
const LOG_TYPES = ['None', 'Tail'] as const;
/** Who sends these relies on what they do: no environment shared with other tenants, no second run of one execution. */
const NOT_YET = [
  ['x-amz-tenant-id', 'TenantId'],
  ['x-amz-durable-execution-name', 'DurableExecutionName'],
] as const;

/**
 * A door for one operation that invokes: requests to POST `start`NAME`end`, with one of these invocation types, the first one
 * unless another is given. `answer` is
 * called for those that are admitted; what it throws is written as an error.
 */
export function doorAt<T extends InvokeRequest['type']>(
  operation: { readonly start: string; readonly end: string; readonly types: readonly [T, ...T[]] },
  ports: InvokeDoorPorts,
  answer: (response: ServerResponse, invocation: AdmittedInvocation) => Promise<void>,
): Door {
  const { start, end, types } = operation;
  const serve = async (request: IncomingMessage, response: ServerResponse, call: InvokeCall) => {
    const requestId = randomUUID();
    try {
      await answer(response, admitted(ports, request, call, requestId, types));
    } catch (error) {
      // In the midst of a stream this ends the connection: half an answer must not look like a whole one.
      ports.writeError(response, error, requestId);
    }
  };
  return (request, response) => {
    const url = request.url ?? '';
    if (request.method !== 'POST' || !url.startsWith(start)) return false;
    const queryAt = url.indexOf('?');
    const wholeEnd = queryAt === -1 ? url.length : queryAt;
    // A slash at the end makes no other route, here as with every other operation.
    const pathEnd = url.charAt(wholeEnd - 1) === '/' ? wholeEnd - 1 : wholeEnd;
    const nameEnd = pathEnd - end.length;
    if (nameEnd <= start.length || !url.startsWith(end, nameEnd)) return false;
    const name = url.slice(start.length, nameEnd);
    if (name.includes('/')) return false;
    collect(request, (body) => {
      // SAFE: an error that cannot be written has nobody left to read it.
      serve(request, response, { name, query: queryAt === -1 ? '' : url.slice(queryAt + 1), body }).catch(() =>
        response.destroy(),
      );
    });
    return true;
  };
}

/** What has run. A dry run and an event have not: they are answered here. Throws the AwsError of what was refused. */
export function whatRan(
  response: ServerResponse,
  result: InvokeResult,
  { requestId, traceId }: AdmittedInvocation,
): Outcome | undefined {
  switch (result.kind) {
    case 'refused':
      throw refusalToAws(result.refusal);
    case 'dry-run':
      response.writeHead(204, { 'x-amzn-RequestId': requestId, 'X-Amzn-Trace-Id': traceId });
      response.end();
      return undefined;
    case 'accepted':
      response.writeHead(202, {
        'Content-Length': '0',
        'x-amzn-RequestId': requestId,
        'X-Amzn-Trace-Id': traceId,
      });
      response.end();
      return undefined;
    case 'ran':
      return result.outcome;
  }
}

/** Checks who calls, what, and whether they may; in this order. Throws AwsError. */
function admitted<T extends InvokeRequest['type']>(
  ports: InvokeDoorPorts,
  request: IncomingMessage,
  call: InvokeCall,
  requestId: string,
  types: readonly [T, ...T[]],
): AdmittedInvocation {
  const { body } = call;
  const { headers } = request;
  const type = one(headers['x-amz-invocation-type']) ?? types[0];
  if (!Buffer.isBuffer(body)) {
    const limit =
      type === 'Event'
        ? ({ type, bytesMax: EVENT_BYTES_MAX } as const)
        : ({ type: 'RequestResponse', bytesMax: PAYLOAD_BYTES_MAX } as const);
    throw refusalToAws({ kind: 'payload-too-large', bytes: body.tooLong, ...limit });
  }
  const caller = ports.authenticate({
    method: 'POST',
    url: request.url ?? '',
    headers,
    rawHeaders: request.rawHeaders,
    expectedService: 'lambda',
    body,
  });
  const name = decode(call.name);
  const qualifier = call.query === '' ? undefined : (new URLSearchParams(call.query).get('Qualifier') ?? undefined);
  const logType = one(headers['x-amz-log-type']) ?? 'None';
  if (!isOneOf(types, type) || !isOneOf(LOG_TYPES, logType)) {
    // Whatever else is wrong is told with it, as by every other operation.
    validate([
      { path: 'qualifier', value: qualifier, constraints: QUALIFIER },
      { path: 'invocationType', value: type, constraints: [oneOf(types)] },
      { path: 'logType', value: logType, constraints: [oneOf(LOG_TYPES)] },
      { path: 'functionName', value: name, constraints: NAMESPACED_FUNCTION_NAME },
    ]);
    throw new AwsError('ValidationException', 'The invocation type or the log type is unknown.');
  }
  const target = functionTarget(name, qualifier, {
    account: caller.principal.account,
    region: caller.region,
    mayReach: (arn) => ports.mayReach(caller, arn),
  });
  const { principal, region } = caller;
  ports.authorize({ principal, region, headers, sourceIp: sourceIpOf(request) }, target.arn);
  for (const [header, member] of NOT_YET) if (headers[header] !== undefined) throw notSupportedYet(member);
  return {
    account: target.account,
    region: target.region,
    name: target.name,
    qualifier: target.qualifier,
    type,
    payload: body,
    requestId,
    traceId: newTraceId(one(headers['x-amzn-trace-id']), ports.clock.nowMs(), randomUUID()),
    clientContext: clientContext(one(headers['x-amz-client-context'])),
    cognitoIdentity: undefined,
    wantsTail: logType === 'Tail',
  };
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
