import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Tree } from '../codecs/tree.ts';
import type { ErrorShape, Operation, Structure } from '../schema.ts';
import type { ServiceDefinition } from '../service.ts';

/** A request whose service and operation are known and whose body, unless it streams, has been read. */
export interface Incoming {
  /** Raw path, without the query. */
  readonly path: string;
  /** Parameters of the URL; of query requests, those of the form as well. */
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: IncomingHttpHeaders;
  readonly labels: ReadonlyMap<string, string>;
  readonly body: Buffer | Readable;
  readonly origin: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes that are there are sent with their length; a stream flows as the client takes it. */
  readonly body: string | Uint8Array | Readable | AsyncIterable<Uint8Array>;
}

/** An error with everything decided: what is left is the protocol's form. */
export interface ErrorAnswer {
  readonly code: string;
  /** What the query protocol calls it. */
  readonly queryCode: string;
  readonly status: number;
  readonly message: string | null;
  /** Absent for codes that the service's model does not have. */
  readonly shape: ErrorShape | undefined;
  readonly members: Tree;
  readonly requestId: string;
}

/** One wire format. `read` throws `Malformed`; the writers throw only when a handler's output is not of its shape. */
export interface Protocol {
  readonly read: (operation: Operation, incoming: Incoming) => Tree;
  readonly write: (service: ServiceDefinition, operation: Operation, output: Tree, requestId: string) => Answer;
  readonly writeError: (service: ServiceDefinition, error: ErrorAnswer) => Answer;
  /** Bodies of events in streams, in the protocol's own format. */
  readonly events: EventFormat;
}

export interface EventFormat {
  readonly contentType: string;
  readonly read: (structure: Structure, body: Buffer) => Tree;
  readonly write: (structure: Structure, value: Tree) => string | Uint8Array;
}
