import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type {
  BlobPayloadInputTypes,
  StreamingBlobPayloadInputTypes,
  StreamingBlobPayloadOutputTypes,
} from '@smithy/types';
import type { MemberConstraints } from './constraints.ts';
import type { Check } from './validation.ts';

/** Who calls, once the signature has been checked. */
export interface Principal {
  readonly accessKeyId: string;
  readonly account: string;
  /** `arn:aws:iam::<account>:root`, `arn:aws:sts::<account>:assumed-role/<role>/<session>`, … */
  readonly arn: string;
  /** The `UserId` of GetCallerIdentity. */
  readonly userId: string;
  /** `anonymous`: whoever signed nothing, which only buckets may let in; of no account. */
  readonly kind: 'root' | 'assumed-role' | 'relaxed' | 'anonymous';
}

/** What a handler knows of the request beside its input. */
export interface RequestContext {
  /** Lower-case UUID; also the response's `x-amzn-RequestId`. */
  readonly requestId: string;
  readonly region: string;
  readonly account: string;
  readonly principal: Principal;
  /**
   * Whether the policy of another account's resource lets this caller do this operation to it. A service that is led to
   * such a resource asks before it does anything. `action`: something else than this operation.
   */
  readonly mayReach: (resourceArn: string, action?: string) => boolean;
  /**
   * Throws AWS's refusal unless this caller may do something else, too: a copy also reads (`s3:GetObject`). `context`: what
   * conditions may ask about, by keys in lower case (`iam:passedtoservice`).
   */
  readonly assertMay: (action: string, resourceArn: string, context?: Readonly<Record<string, string>>) => void;
  /** Aborts when the client leaves or the server stops. */
  readonly signal: AbortSignal;
  readonly headers: IncomingHttpHeaders;
  /** The client's address; empty when it has left already. */
  readonly sourceIp: string;
  /** `http://host:port` as the client reached us: links in answers use it. */
  readonly origin: string;
}

/** Who asks, and what policies may ask about the request. */
export type Asking = Pick<RequestContext, 'principal' | 'headers' | 'sourceIp'> & { readonly region?: string };

/**
 * Answers one operation. Input and output are the SDK's own types; throws `AwsError` for AWS's refusals.
 * A streaming member is a `Readable`, a blob is a `Uint8Array`.
 */
export type Handler<Input, Output> = (input: Input, context: RequestContext) => Promise<Output> | Output;

/** Wire formats. A service lists those it takes; the first also words errors of requests that were not understood. */
export const PROTOCOLS = ['restJson1', 'restXml', 'awsJson1_0', 'awsJson1_1', 'awsQuery', 'rpcv2Cbor'] as const;

export type ProtocolName = (typeof PROTOCOLS)[number];

/** A service as data: how requests name it, where its schemas are, and who answers which operation. */
export interface ServiceDefinition {
  /** Our name for it, as in the folder `services/<name>` and in log lines. */
  readonly name: string;
  /** The service in the SigV4 credential scope. */
  readonly signingName: string;
  readonly protocols: readonly [ProtocolName, ...ProtocolName[]];
  /** What stands before the dot in `X-Amz-Target`, and the service in rpcv2Cbor paths: `AmazonSQS`. */
  readonly target?: string;
  /** The `Version` of query requests: `2012-11-05`. */
  readonly apiVersion?: string;
  /** Namespace of XML answers. */
  readonly xmlNamespace?: string;
  /** Where older clients send operations whose place has changed since: what they ask for stands in the query. */
  readonly formerRoutes?: readonly { readonly operation: string; readonly method: string; readonly path: string }[];
  /** S3 keeps the bucket in the host or the path, and has headers and errors of its own. */
  readonly dialect?: 's3';
  /** Largest body of a request that is read whole, in bytes; without it the engine's own limit. */
  readonly bodyBytesMax?: number;
  /** The client's module. Called at the service's first request, never earlier: a client takes up to 70 ms. */
  readonly load: () => object;
  readonly handlers: Readonly<Record<string, AnyHandler | undefined>>;
  /**
   * ARNs of what an operation is done to, as policies name it: its caller must be allowed to do it to each of them. An
   * input that names nothing well-formed is about `*`; without this, every operation is. Never throws.
   */
  readonly resources?: ResourcesOf;
  /** Members that take numbers with fractions, as weights do; all others take whole ones. Without it all take both. */
  readonly fractions?: readonly string[];
  /**
   * By operation; checked before its handler is called, so that all violations of a request come in one answer. Called
   * together with `load`: the table of a large API takes 10 ms.
   */
  readonly constraints?: () => Readonly<Record<string, MemberConstraints | undefined>>;
  /** Throws the error of what is broken; without it, ValidationException with every value. */
  readonly validate?: (checks: readonly Check[]) => void;
}

export type ResourcesOf = (
  operation: string,
  input: Readonly<Record<string, unknown>>,
  context: Pick<RequestContext, 'account' | 'region'>,
) => readonly string[];

/** A handler as the engine calls it: the compiler checked its shapes where the service was defined. */
export type AnyHandler = Handler<Readonly<Record<string, unknown>>, object | undefined>;

/** Operations of a client module, `typeof import('@aws-sdk/client-lambda')`. */
export type OperationName<Client> = keyof { [Key in keyof Client as CommandName<Key>]: true };

/** A handler of one operation: `Operation<typeof import('@aws-sdk/client-lambda'), 'CreateFunction'>`. */
export type Operation<Client, Name extends OperationName<Client>> =
  Commands<Client>[Name] extends CommandType<infer Input, infer Output>
    ? Handler<Received<Input>, Answered<Output>>
    : never;

/** A table of constraints by operation; the paths of members are compared with the client's schemas by a test. */
export type Constraints<Client> = { readonly [Name in OperationName<Client>]?: MemberConstraints };

export type Handlers<Client> = { readonly [Name in OperationName<Client>]?: Operation<Client, Name> };

/**
 * Declares a service. `handlers` are checked against the client's own types; an operation without one answers an
 * error that says so.
 */
export function defineService<Client extends object>(
  service: Omit<ServiceDefinition, 'load' | 'handlers' | 'constraints'> & {
    readonly load: () => Client;
    readonly handlers: Handlers<Client>;
    readonly constraints?: () => Constraints<Client>;
  },
): ServiceDefinition {
  // SAFE: the engine reads the input of each operation by that operation's schema, from which `Client`'s types were made.
  return service as ServiceDefinition;
}

type CommandName<Key> = Key extends `${infer Name}Command` ? (Name extends '$' ? never : Name) : never;
type Commands<Client> = { [Key in keyof Client as CommandName<Key>]: Client[Key] };

/** A command class, told by the input it keeps and the answer it resolves to. */
type CommandType<Input, Output> = abstract new (
  ...input: never[]
) => {
  readonly input: Input;
  resolveMiddleware(...parts: never[]): (...args: never[]) => Promise<{ output: Output }>;
};

/** Clients take a body in many forms; a handler gets a stream as `Readable` and a blob as bytes. */
type Received<Input> = { [Key in keyof Input]: ReceivedMember<Input[Key]> };
type ReceivedMember<Member> = unknown extends Member
  ? Member
  : BlobPayloadInputTypes extends Member
    ? Uint8Array | Extract<Member, undefined>
    : StreamingBlobPayloadInputTypes extends Member
      ? Readable | Extract<Member, undefined>
      : Member;

/** Clients decorate bodies with methods for reading; a handler gives plain bytes, or a stream where one is modelled. */
type Answered<Output> = { [Key in keyof Output as Key extends '$metadata' ? never : Key]: AnsweredMember<Output[Key]> };
type AnsweredMember<Member> = unknown extends Member
  ? Member
  : StreamingBlobPayloadOutputTypes extends Member
    ? Readable | Uint8Array | Extract<Member, undefined>
    : NonNullable<Member> extends Uint8Array
      ? Uint8Array | Extract<Member, undefined>
      : Member;
