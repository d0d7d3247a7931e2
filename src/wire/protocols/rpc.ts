import { readCbor, writeCbor } from '../codecs/cbor.ts';
import { AWS_JSON, readJson, writeJson } from '../codecs/json.ts';
import { Malformed } from '../codecs/malformed.ts';
import type { Tree } from '../codecs/tree.ts';
import { eventStreamMember, type Member, type Operation } from '../schema.ts';
import type { ServiceDefinition } from '../service.ts';
import { errorMembers } from './error-body.ts';
import { writeEvents } from './event-stream.ts';
import type { Answer, ErrorAnswer, EventFormat, Protocol } from './protocol.ts';
import { EVENT_STREAM } from './rest.ts';

/** What differs between the protocols that post every operation to one path. */
interface RpcFormat {
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly read: (members: readonly Member[], body: Buffer) => Tree;
  readonly write: (members: readonly Member[], output: Tree) => string | Uint8Array;
  readonly writeErrorBody: (members: Tree) => string | Uint8Array;
  /** `__type` of an error: some protocols name the shape with its namespace. */
  readonly errorType: (error: ErrorAnswer) => string;
}

export const awsJson1_0 = rpcProtocol(jsonFormat('1.0'));
export const awsJson1_1 = rpcProtocol(jsonFormat('1.1'));

export const rpcv2Cbor = rpcProtocol({
  contentType: 'application/cbor',
  headers: { 'smithy-protocol': 'rpc-v2-cbor' },
  read: readCbor,
  write: writeCbor,
  writeErrorBody: (members) => writeCbor(Object.keys(members).map(documentMember), members),
  errorType: qualifiedType,
});

function rpcProtocol(format: RpcFormat): Protocol {
  const events: EventFormat = {
    contentType: format.contentType,
    read: (structure, body) => format.read(structure.members, body),
    write: (structure, value) => format.write(structure.members, value),
  };
  return {
    read: ({ input }, { body }) => {
      if (!(body instanceof Buffer)) throw new Malformed('Streams in requests need a REST protocol');
      return format.read(input?.members ?? [], body);
    },
    write: (_service, operation, output) => writeOutput(format, events, operation, output),
    writeError: (service, error) => writeError(format, service, error),
    events,
  };
}

function jsonFormat(version: '1.0' | '1.1'): RpcFormat {
  return {
    contentType: `application/x-amz-json-${version}`,
    headers: {},
    read: (members, body) => readJson(members, body, AWS_JSON),
    write: (members, output) => writeJson(members, output, AWS_JSON),
    writeErrorBody: (members) => JSON.stringify(members),
    // Recorded: SQS and DynamoDB (1.0) answer the namespace, CloudWatch Logs (1.1) the bare name.
    errorType: version === '1.0' ? qualifiedType : ({ code }) => code,
  };
}

function writeOutput(format: RpcFormat, events: EventFormat, operation: Operation, output: Tree): Answer {
  const structure = operation.output;
  const stream = eventStreamMember(structure);
  if (structure !== undefined && stream?.shape.kind === 'union') {
    const others = structure.members.filter((member) => member !== stream);
    return {
      status: 200,
      headers: { ...format.headers, 'Content-Type': EVENT_STREAM },
      body: writeEvents(stream.shape, output[stream.name], events, {
        structure: { ...structure, members: others },
        output,
      }),
    };
  }
  return {
    status: 200,
    headers: { ...format.headers, 'Content-Type': format.contentType },
    body: format.write(structure?.members ?? [], output),
  };
}

function writeError(format: RpcFormat, service: ServiceDefinition, error: ErrorAnswer): Answer {
  const headers: Record<string, string> = { ...format.headers, 'Content-Type': format.contentType };
  if (service.protocols.includes('awsQuery')) {
    // `awsQueryCompatible`: clients that knew the query protocol still get its codes.
    const fault = error.status < 500 ? 'Sender' : 'Receiver';
    headers['x-amzn-query-error'] = `${error.queryCode};${fault}`;
  }
  const body = { __type: format.errorType(error), ...errorMembers(error, AWS_JSON) };
  return { status: error.status, headers, body: format.writeErrorBody(body) };
}

function qualifiedType({ code, shape }: ErrorAnswer): string {
  return shape === undefined ? code : `${shape.namespace}#${code}`;
}

/** Error bodies were already written by their schema. */
function documentMember(name: string): Member {
  return { name, required: false, shape: { kind: 'document' }, traits: {}, ownTraits: {} };
}
