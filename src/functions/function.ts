import type { AttachedLayer } from './layers/layer.ts';
import type { StoredCode } from './package/code-store.ts';
import type { RuntimeUpdates } from './runtime-updates.ts';

/** The place of functions: an account and a region. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** A function's name is unique within an account and region. */
export interface FunctionKey extends Place {
  readonly name: string;
}

export const LATEST = '$LATEST';

export type Architecture = 'x86_64' | 'arm64';
export type LogLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL';

/** Levels exist for JSON only (lambda-facts 3.8). */
export type Logging =
  | { readonly format: 'Text'; readonly group: string }
  | {
      readonly format: 'JSON';
      readonly group: string;
      readonly applicationLevel: LogLevel;
      readonly systemLevel: LogLevel;
    };

/** What UpdateFunctionConfiguration changes. */
export interface Settings {
  readonly description: string;
  readonly roleArn: string;
  readonly runtime: string;
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly ephemeralMb: number;
  /** undefined: never given, which answers show differently from none. */
  readonly variables: Readonly<Record<string, string>> | undefined;
  readonly tracing: 'Active' | 'PassThrough';
  /** SnapStart for the versions that are published from now on; undefined: off. */
  readonly snapStart?: boolean | undefined;
  readonly logging: Logging;
  /** ARN of the queue or topic that gets events that are given up; undefined: none. */
  readonly deadLetterArn?: string | undefined;
  /** In the order in which they are laid over each other. */
  readonly layers: readonly AttachedLayer[];
}

/** All that decides how a version runs. Never changed: an update makes another one. */
export interface Definition {
  /** Unique: also tells apart two definitions with the same content, so that any update renews environments. */
  readonly id: string;
  readonly settings: Settings;
  readonly code: StoredCode;
  readonly architecture: Architecture;
  /** Of the interpreter when the definition was made, for the runtime version's ARN. */
  readonly runtimeVersion: string;
}

export interface Version {
  /** `$LATEST`, or the number of a published version. */
  readonly version: string;
  readonly definition: Definition;
  readonly lifecycle: Lifecycle;
  readonly revisionId: string;
  readonly modifiedMs: number;
  /** When it was used last, at the latest, in attended time (`idleness/attendance.ts`); undefined: since somebody looked. */
  readonly usedMs?: number | undefined;
}

export interface Failure {
  /** One of AWS's state reason codes (lambda-facts 19.1). */
  readonly reasonCode: string;
  readonly reason: string;
}

/** Only `$LATEST` is ever updated; a published version is being created, has failed, is active, or was not used for long. */
export type Lifecycle =
  | { readonly kind: 'creating' }
  | ({ readonly kind: 'creation-failed' } & Failure)
  | { readonly kind: 'active' }
  /** Not used for long: its code is packed away. With a failure when it could not be brought back since. */
  | { readonly kind: 'inactive'; readonly failure?: Failure | undefined }
  /** On the way back from there. */
  | { readonly kind: 'restoring' }
  /** Invocations run the previous definition until the new one is ready. */
  | { readonly kind: 'updating'; readonly previous: Definition }
  | ({ readonly kind: 'update-failed'; readonly previous: Definition } & Failure);

export interface Policy {
  readonly revisionId: string;
  /** What it was given beside its statements, if it was given as a whole; undefined: it is AWS's frame for permissions. */
  readonly frame?: { readonly version?: string | undefined; readonly id?: string | undefined } | undefined;
  /** In the order in which they were added. */
  readonly statements: readonly Statement[];
}

/** One permission, as the text that AWS shows and its id. */
export interface Permission {
  readonly id: string;
  readonly json: string;
}

/** What a policy consists of: permissions, and in one that was given as a whole also statements that have no id, or deny. */
export type Statement = Permission | { readonly id?: undefined; readonly json: string };

/** A name for a version, or for two that share its invocations. */
export interface Alias {
  readonly name: string;
  /** The version that it points to: `$LATEST`, or a published version's number. */
  readonly version: string;
  readonly description: string;
  /** A published version that gets part of the invocations: 0.25 is a quarter of them. */
  readonly routing?: { readonly version: string; readonly weight: number } | undefined;
  readonly revisionId: string;
}

/** Environments that a version or an alias has ready before it is invoked. */
export interface Provisioned {
  readonly requested: number;
  readonly modifiedMs: number;
}

/** How asynchronous invocations of a version or an alias are retried, and what is told of their ends. */
export interface EventInvokeConfig {
  /** How often an event is tried again after an error; undefined: as often as AWS does by default. */
  readonly retriesMax?: number | undefined;
  /** How long an event may wait, in seconds; undefined: as long as by default. */
  readonly eventAgeMaxS?: number | undefined;
  /** ARN of what gets a record of each success. */
  readonly onSuccess?: string | undefined;
  /** ARN of what gets a record of each event that is given up. */
  readonly onFailure?: string | undefined;
  readonly modifiedMs: number;
}

/** What browsers are told of a function URL. Members that were never given are undefined, and not shown. */
export interface Cors {
  readonly allowCredentials?: boolean | undefined;
  readonly allowHeaders?: readonly string[] | undefined;
  readonly allowMethods?: readonly string[] | undefined;
  readonly allowOrigins?: readonly string[] | undefined;
  readonly exposeHeaders?: readonly string[] | undefined;
  readonly maxAgeS?: number | undefined;
}

/** An HTTP address of a function or an alias. */
export interface FunctionUrl {
  /** 32 lower-case letters and digits, unique, and another one if the URL is made again: the first label of its host. */
  readonly id: string;
  /** Whether requests must be signed. */
  readonly auth: 'none' | 'iam';
  readonly cors?: Cors | undefined;
  /** undefined: never given, which answers show differently from buffered, what it then is. */
  readonly invokeMode?: 'buffered' | 'streamed' | undefined;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

/** A function's whole state, but for its published versions, which are records of their own. */
export interface Head {
  readonly key: FunctionKey;
  /** Another one for each incarnation of the name, so that nothing of a deleted function is found by its successor. */
  readonly uid: string;
  readonly latest: Version;
  /** Numbers are never given twice, not even after a version was deleted. */
  readonly nextVersion: number;
  /** The numbers of the published versions that exist, ascending: a version record that is not listed is an orphan. */
  readonly published: readonly number[];
  /** What was published last, and from which definition: publishing that again makes no new version. */
  readonly lastPublished: { readonly number: number; readonly definition: Definition } | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** By qualifier; `''` is the unqualified function's. */
  readonly policies: Readonly<Record<string, Policy>>;
  /** Reserved concurrency; undefined: the function shares what its account has left. */
  readonly reserved?: number | undefined;
  /** By name. */
  readonly aliases?: Readonly<Record<string, Alias>> | undefined;
  /** Provisioned concurrency by qualifier: the number of a published version, or the name of an alias. */
  readonly provisioned?: Readonly<Record<string, Provisioned>> | undefined;
  /** Whether it may go on calling itself through queues and topics; undefined: it may not. */
  readonly recursion?: 'allow' | 'terminate' | undefined;
  /** The ARN of the code signing configuration that what it deploys has to follow. */
  readonly codeSigningConfig?: string | undefined;
  /** By version; one that is missing has automatic updates. */
  readonly runtimeUpdates?: Readonly<Record<string, RuntimeUpdates>> | undefined;
  /** By qualifier: `$LATEST`, the number of a published version, or the name of an alias. */
  readonly eventInvokes?: Readonly<Record<string, EventInvokeConfig>> | undefined;
  /** By the name of an alias; `''` is the unqualified function's. */
  readonly urls?: Readonly<Record<string, FunctionUrl>> | undefined;
}

/** What a change needs beside the state: the time and fresh ids. */
export interface Now {
  readonly nowMs: number;
  readonly uuid: () => string;
}

/** What a decision changes: the versions are stored first, then the head that lists them. */
export interface Change {
  readonly head: Head;
  readonly versions: readonly Version[];
}

export function functionArn({ account, region, name }: FunctionKey, qualifier?: string): string {
  const arn = `arn:aws:lambda:${region}:${account}:function:${name}`;
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}

/** Whether a qualifier is a version's number; no alias is called like one. */
export function isNumber(qualifier: string): boolean {
  return /^[0-9]+$/.test(qualifier);
}

/** Whether there is a published version of this number, written as AWS writes it. */
export function isPublished({ published }: Head, qualifier: string): boolean {
  return published.includes(Number(qualifier)) && String(Number(qualifier)) === qualifier;
}
