// AWS's Runtime API of one environment, as a state machine: what a runtime may ask for depends on what it asked for last.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, lambda-facts 16.1, and, for what those leave open, AWS's
// own Runtime Interface Emulator (internal/lambda/rapi and core/states.go), whose names of states appear in its messages.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Invocation } from '../spec.ts';
import type { GuestOwner } from './guest.ts';
import { accept, plain, readBody, refuse, refuseTooLong, refuseTransition } from './runtime-api-answers.ts';
import { deliverEvent } from './runtime-api-event.ts';
import type { SandboxRoute } from './sandbox-api.ts';

export type RuntimeState =
  | 'Started'
  | 'InitError'
  | 'RestoreReady'
  | 'Restoring'
  | 'RuntimeRestoreErrorState'
  | 'Ready'
  | 'Running'
  | 'InvocationResponse'
  | 'InvocationErrorResponse'
  | 'RuntimeResponseSentState';

const BASE = '/2018-06-01/';
const INVOCATION = `${BASE}runtime/invocation/`;
/** The form of an error type; one of another form is left to whoever reports the error (lambda-facts 16.1). */
const ERROR_TYPE = /^(Runtime|Function)\.[A-Z][a-zA-Z]+$/;
/** States in which `next` is in order. In `Running` it brings the same event again. */
const NEXT: ReadonlySet<RuntimeState> = new Set([
  'Started',
  'Restoring',
  'Ready',
  'Running',
  'RuntimeResponseSentState',
]);

export interface RuntimeApi {
  readonly route: SandboxRoute;
  own(owner: GuestOwner): void;
  /** Its runtime starts now. */
  begin(snapStart: boolean): void;
  failInit(problem: string): void;
  restore(): void;
  invoke(invocation: Invocation, deadlineMs: number): void;
  pause(): void;
  resume(): void;
  /** From here on its owner is told nothing; connections belong to whoever has the server. */
  close(): void;
}

export function runtimeApi(): RuntimeApi {
  let owner: GuestOwner | undefined;
  let snapStart = false;
  let state: RuntimeState = 'Started';
  /** Not answered yet. */
  let current: { readonly invocation: Invocation; readonly deadlineMs: number } | undefined;
  let lastId: string | undefined;
  /** The request, for an event or for the restoring, that is held until there is one. */
  let waiting: ServerResponse | undefined;
  let streaming: IncomingMessage | undefined;

  const hold = (response: ServerResponse) => {
    waiting?.destroy();
    waiting = response;
    response.once('close', () => {
      if (waiting === response) waiting = undefined;
    });
  };

  const next = (response: ServerResponse) => {
    const before = state;
    if (!NEXT.has(before)) return refuseTransition(response, before, 'Ready');
    if (current === undefined) {
      state = 'Ready';
      hold(response);
    } else {
      state = 'Running';
      deliverEvent(response, current.invocation, current.deadlineMs);
    }
    if (before === 'Started') owner?.onInit({ kind: 'done' });
    else if (before === 'Restoring') owner?.onRestored(undefined);
    else if (before === 'RuntimeResponseSentState' && state === 'Ready') owner?.onReady();
  };

  const answer = (request: IncomingMessage, response: ServerResponse, id: string, isError: boolean) => {
    const to = isError ? 'InvocationErrorResponse' : 'InvocationResponse';
    if (id !== (current?.invocation.requestId ?? lastId)) {
      request.resume();
      return refuse(response, 400, 'InvalidRequestID', 'Invalid request ID');
    }
    if (state !== 'Running') {
      request.resume();
      return refuseTransition(response, state, to);
    }
    state = to;
    const mode = request.headers['lambda-runtime-function-response-mode'];
    if (!isError && mode !== undefined && mode !== 'streaming') {
      // As in AWS's emulator: the invocation has failed, and its runtime gets no further.
      request.resume();
      refuse(response, 400, 'InvalidFunctionResponseMode', 'Invalid function response mode');
      return owner?.onAnswer(broken(id, 'Runtime.InvalidResponseModeHeader', 'Invalid function response mode'));
    }
    if (!isError && mode === 'streaming') return stream(request, response, id);
    readBody(request, (body) => {
      if (body === 'cut-off') {
        const failure = broken(id, 'Runtime.TruncatedResponse', 'HTTP request detected as truncated');
        return owner?.onAnswer(failure);
      }
      answered(id);
      if (body === 'too-long') {
        refuseTooLong(response);
        return owner?.onAnswer({ kind: 'response-too-large' });
      }
      accept(response);
      if (!isError) return owner?.onAnswer({ kind: 'response', payload: body });
      const errorType = known(request.headers['lambda-runtime-function-error-type']);
      owner?.onAnswer({ kind: 'error', payload: body, errorType });
    });
  };

  /** A response in pieces. What would be a failure of a whole one breaks it off. */
  const stream = (request: IncomingMessage, response: ServerResponse, id: string) => {
    streaming = request;
    request.on('data', (piece: Buffer) => owner?.onStreamPiece(piece));
    // SAFE: an error is followed by the close.
    request.on('error', () => {});
    request.once('close', () => {
      streaming = undefined;
      if (request.complete) return;
      owner?.onAnswer(broken(id, 'Runtime.TruncatedResponse', 'HTTP request detected as truncated'));
    });
    request.once('end', () => {
      answered(id);
      accept(response);
      const { trailers } = request;
      const given = trailers['lambda-runtime-function-error-type'];
      if (given === undefined) return owner?.onStreamEnd(undefined);
      const payload = Buffer.from(trailers['lambda-runtime-function-error-body'] ?? '', 'base64');
      owner?.onStreamEnd({ payload, errorType: known(given) });
    });
    owner?.onStreamStart(request.headers['content-type']);
  };

  const answered = (id: string) => {
    state = 'RuntimeResponseSentState';
    lastId = id;
    current = undefined;
  };

  /** `init/error`, which some runtimes also use for what failed while they were restored, and `restore/error`. */
  const failed = (request: IncomingMessage, response: ServerResponse, during: 'Started' | 'Restoring') => {
    const before = state;
    const to = during === 'Started' ? 'InitError' : 'RuntimeRestoreErrorState';
    if (before !== during) {
      request.resume();
      return refuseTransition(response, before, to);
    }
    // From here on, so that only one body at a time is held.
    state = to;
    readBody(request, (body) => {
      if (!Buffer.isBuffer(body)) {
        state = before;
        return body === 'too-long' ? refuseTooLong(response) : undefined;
      }
      accept(response);
      if (during === 'Started') owner?.onInit({ kind: 'error', payload: body });
      else owner?.onRestored(body);
    });
  };

  const restoreNext = (response: ServerResponse) => {
    if (state !== 'Started' && state !== 'RestoreReady') return refuseTransition(response, state, 'RestoreReady');
    const isFirst = state === 'Started';
    state = 'RestoreReady';
    hold(response);
    if (isFirst) owner?.onInit({ kind: 'done' });
  };

  const only = (method: string, request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.method === method) return true;
    request.resume();
    plain(response, 405, '');
    return false;
  };

  const route: SandboxRoute = (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (path === `${INVOCATION}next`) {
      if (only('GET', request, response)) next(response);
      return true;
    }
    const [id, verb, ...more] = path.startsWith(INVOCATION) ? path.slice(INVOCATION.length).split('/') : [];
    if (id !== undefined && more.length === 0 && (verb === 'response' || verb === 'error')) {
      if (only('POST', request, response)) answer(request, response, id, verb === 'error');
      return true;
    }
    if (path === `${BASE}runtime/init/error`) {
      if (only('POST', request, response)) failed(request, response, state === 'Restoring' ? 'Restoring' : 'Started');
      return true;
    }
    if (snapStart && path === `${BASE}runtime/restore/next`) {
      if (only('GET', request, response)) restoreNext(response);
      return true;
    }
    if (snapStart && path === `${BASE}runtime/restore/error`) {
      if (only('POST', request, response)) failed(request, response, 'Restoring');
      return true;
    }
    if (path === `${BASE}ping`) {
      if (only('GET', request, response)) plain(response, 200, 'pong');
      return true;
    }
    return false;
  };

  return {
    route,
    own: (nextOwner) => {
      owner = nextOwner;
    },
    begin: (withSnapStart) => {
      snapStart = withSnapStart;
    },
    failInit: (problem) => owner?.onInit({ kind: 'no-entrypoint', problem }),
    restore: () => {
      // A runtime that knows nothing of restoring has asked for an event instead: it has no hooks.
      if (state !== 'RestoreReady') return owner?.onRestored(undefined);
      state = 'Restoring';
      const response = waiting;
      waiting = undefined;
      if (response === undefined) return;
      response.writeHead(200, ['Content-Length', '0']);
      response.end();
    },
    invoke: (invocation, deadlineMs) => {
      current = { invocation, deadlineMs };
      const response = waiting;
      waiting = undefined;
      // Not waiting: it has hung up, or is on its way back from the last answer, and its next `next` gets this event.
      if (response === undefined) return;
      state = 'Running';
      deliverEvent(response, invocation, deadlineMs);
    },
    pause: () => void streaming?.pause(),
    resume: () => void streaming?.resume(),
    close: () => {
      owner = undefined;
    },
  };
}

function known(errorType: string | string[] | undefined): string | undefined {
  return typeof errorType === 'string' && ERROR_TYPE.test(errorType) ? errorType : undefined;
}

/** The runtime has broken the protocol: it cannot be used again. The types are AWS's, the message is in the form of its others. */
function broken(requestId: string, errorType: string, problem: string) {
  const errorMessage = `RequestId: ${requestId} Error: ${problem}`;
  return { kind: 'fatal' as const, payload: Buffer.from(JSON.stringify({ errorType, errorMessage })), errorType };
}
