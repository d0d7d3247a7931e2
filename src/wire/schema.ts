import { createRequire } from 'node:module';
import type { NormalizedSchema } from '@smithy/core/schema';
import type { SchemaRef } from '@smithy/types';

/**
 * Reads the schemas that every `@aws-sdk/client-*` module carries into plain data for our codecs. Shapes may contain
 * themselves (DynamoDB's AttributeValue), so members of a shape are read when they are first asked for.
 */
export type Shape =
  | { readonly kind: 'string' | 'boolean' | 'number' | 'document' | 'unit' }
  | { readonly kind: 'blob'; readonly streaming: boolean }
  | { readonly kind: 'timestamp'; readonly format: TimestampFormat | undefined }
  | { readonly kind: 'list'; readonly sparse: boolean; readonly element: Member }
  | { readonly kind: 'map'; readonly sparse: boolean; readonly key: Member; readonly value: Member }
  | Structure;

export interface Structure {
  readonly kind: 'structure' | 'union';
  readonly namespace: string;
  readonly name: string;
  /** Traits of the shape itself; a member that points here may override them. */
  readonly traits: Traits;
  readonly members: readonly Member[];
}

export interface Member {
  readonly name: string;
  readonly required: boolean;
  readonly shape: Shape;
  /** The shape's traits, overridden by the member's. */
  readonly traits: Traits;
  /** Only what was written on the member: the XML name of a member never comes from the shape it points to. */
  readonly ownTraits: Traits;
}

export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds';

/** Smithy traits, by their names, as far as they rule the wire. Flags are 1 when set. */
export interface Traits {
  readonly jsonName?: string;
  readonly xmlName?: string;
  readonly xmlFlattened?: 1;
  readonly xmlAttribute?: 1;
  readonly xmlNamespace?: readonly [prefix: string, uri: string];
  readonly http?: readonly [method: string, template: string, status: number];
  readonly httpLabel?: 1;
  readonly httpQuery?: string;
  readonly httpQueryParams?: 1;
  readonly httpHeader?: string;
  readonly httpPrefixHeaders?: string;
  readonly httpPayload?: 1;
  readonly httpResponseCode?: 1;
  readonly httpError?: number;
  readonly error?: 'client' | 'server';
  readonly awsQueryError?: readonly [code: string, status: number];
  readonly eventHeader?: 1;
  readonly eventPayload?: 1;
  readonly streaming?: 1;
  readonly mediaType?: string;
  readonly sparse?: 1;
}

export interface Operation {
  readonly name: string;
  /** Method, path template and status, for the REST protocols. */
  readonly http: Traits['http'];
  readonly input: Structure | undefined;
  readonly output: Structure | undefined;
}

export interface ErrorShape extends Structure {
  readonly status: number;
  readonly fault: 'client' | 'server';
  /** The code of the query protocol, where it differs: `AWS.SimpleQueueService.NonExistentQueue`. */
  readonly queryCode: string;
}

export interface Model {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly errors: ReadonlyMap<string, ErrorShape>;
}

/** Operations and errors of a client module. Throws when the module holds a schema that the codecs cannot read. */
export function readModel(clientModule: object): Model {
  const operations = new Map<string, Operation>();
  const errors = new Map<string, ErrorShape>();
  for (const schema of Object.values(clientModule)) {
    if (!Array.isArray(schema)) continue;
    if (schema[0] === OPERATION) operations.set(schema[2], operationOf(schema));
    if (schema[0] === ERROR) errors.set(schema[2], errorOf(schema as unknown as SchemaRef));
  }
  return { operations, errors };
}

/** The member that is the body, where one is. */
export function payloadMember(structure: Structure | undefined): Member | undefined {
  return structure?.members.find(({ traits }) => traits.httpPayload);
}

/** The member that is an event stream, where one is. */
export function eventStreamMember(structure: Structure | undefined): Member | undefined {
  return structure?.members.find(({ shape, traits }) => shape.kind === 'union' && traits.streaming);
}

/** Whether a member's bytes are handed on as they come, instead of being read whole. */
export function isStreaming({ shape, traits }: Member): boolean {
  return (shape.kind === 'blob' && (shape.streaming || traits.streaming === 1)) || isEventStream(shape, traits);
}

const isEventStream = (shape: Shape, traits: Traits) => shape.kind === 'union' && traits.streaming === 1;

// Numbers of the SDK's schema language (SCHEMA in @smithy/core/schema).
const OPERATION = 9;
const ERROR = -3;
const UNION = 4;
const STREAMING_BLOB = 42;
const TIMESTAMP_FORMATS: Readonly<Record<number, TimestampFormat>> = {
  5: 'date-time',
  6: 'http-date',
  7: 'epoch-seconds',
};

const require = createRequire(import.meta.url);
const shapes = new WeakMap<object, Shape>();
let normalize: ((schema: SchemaRef) => NormalizedSchema) | undefined;

function normalized(schema: SchemaRef): NormalizedSchema {
  // Loaded with the first client, not before: it takes longer than the rest of the server.
  normalize ??= (schema) =>
    (require('@smithy/core/schema') as typeof import('@smithy/core/schema')).NormalizedSchema.of(schema);
  return normalize(schema);
}

/** An operation's entry: `[9, namespace, name, traits, input, output]`. */
function operationOf(schema: readonly unknown[]): Operation {
  const [, , name, traits, input, output] = schema;
  // SAFE: the SDK's own types declare exactly this tuple for 9; `readModel` looked at the number.
  const structureOf = (ref: unknown) => lazily(() => asStructure(shapeOf(normalized(ref as SchemaRef))));
  const inputOf = structureOf(input);
  const outputOf = structureOf(output);
  return {
    name: String(name),
    http: typeof traits === 'object' && traits !== null ? (traits as Traits).http : undefined,
    get input() {
      return inputOf();
    },
    get output() {
      return outputOf();
    },
  };
}

function errorOf(ref: SchemaRef): ErrorShape {
  const structure = structureOf(normalized(ref));
  const { error = 'client', httpError, awsQueryError } = structure.traits;
  return {
    kind: structure.kind,
    namespace: structure.namespace,
    name: structure.name,
    traits: structure.traits,
    get members() {
      return structure.members;
    },
    fault: error,
    status: httpError ?? (error === 'server' ? 500 : 400),
    queryCode: awsQueryError?.[0] ?? structure.name,
  };
}

function shapeOf(schema: NormalizedSchema): Shape {
  const source = schema.getSchema();
  if (typeof source !== 'object' || source === null) return simpleOrCollection(schema);
  const known = shapes.get(source);
  if (known !== undefined) return known;
  const shape = schema.isStructSchema() ? structureOf(schema) : simpleOrCollection(schema);
  shapes.set(source, shape);
  return shape;
}

function simpleOrCollection(schema: NormalizedSchema): Shape {
  if (schema.isListSchema()) {
    const element = lazily(() => memberOf(schema.getValueSchema(), 'member', false));
    return {
      kind: 'list',
      sparse: traitsOf(schema.getOwnTraits()).sparse === 1,
      get element() {
        return element();
      },
    };
  }
  if (schema.isMapSchema()) {
    const key = lazily(() => memberOf(schema.getKeySchema(), 'key', true));
    const value = lazily(() => memberOf(schema.getValueSchema(), 'value', false));
    return {
      kind: 'map',
      sparse: traitsOf(schema.getOwnTraits()).sparse === 1,
      get key() {
        return key();
      },
      get value() {
        return value();
      },
    };
  }
  if (schema.isStringSchema()) return { kind: 'string' };
  if (schema.isNumericSchema()) return { kind: 'number' };
  if (schema.isBooleanSchema()) return { kind: 'boolean' };
  if (schema.isBlobSchema()) return { kind: 'blob', streaming: schema.getSchema() === STREAMING_BLOB };
  if (schema.isTimestampSchema()) return { kind: 'timestamp', format: TIMESTAMP_FORMATS[Number(schema.getSchema())] };
  if (schema.isDocumentSchema()) return { kind: 'document' };
  if (schema.isUnitSchema()) return { kind: 'unit' };
  // Big integers and decimals: no service that we serve has one.
  throw new Error(
    `the schema of ${schema.getName(true)} is of a kind that the wire cannot read: ${schema.getSchema()}`,
  );
}

function structureOf(schema: NormalizedSchema): Structure {
  // `[3, namespace, name, traits, memberNames, memberSchemas, requiredCount]`, required members first.
  const source = schema.getSchema() as readonly unknown[];
  const requiredCount = typeof source[6] === 'number' ? source[6] : 0;
  const members = lazily(() =>
    [...schema.structIterator()].map(([name, member], index) => memberOf(member, name, index < requiredCount)),
  );
  return {
    kind: source[0] === UNION ? 'union' : 'structure',
    namespace: String(source[1]),
    name: String(source[2]),
    traits: traitsOf(schema.getOwnTraits()),
    get members() {
      return members();
    },
  };
}

function memberOf(schema: NormalizedSchema, name: string, required: boolean): Member {
  const shape = lazily(() => shapeOf(schema));
  return {
    name,
    required,
    get shape() {
      return shape();
    },
    traits: traitsOf(schema.getMergedTraits()),
    ownTraits: traitsOf(schema.getMemberTraits()),
  };
}

function asStructure(shape: Shape): Structure | undefined {
  return shape.kind === 'structure' || shape.kind === 'union' ? shape : undefined;
}

// SAFE: the SDK writes traits under Smithy's names; `Traits` lists those we read and their forms.
const traitsOf = (traits: object): Traits => traits as Traits;

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
