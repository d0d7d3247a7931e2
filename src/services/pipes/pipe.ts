import type { Sender } from '../../delivery/sender.ts';
import type { PipeState, WantedState } from './pipe-state.ts';

/** Whose pipe, and where: the account of its ARN. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

export interface PipeKey extends Scope {
  readonly name: string;
}

/** What UpdatePipe changes, but for the source, which stays. */
export interface PipeSettings {
  readonly description?: string | undefined;
  readonly roleArn: string;
  readonly source: PipeSource;
  readonly enrichment?: PipeEnrichment | undefined;
  readonly target: PipeTarget;
}

/** A queue. */
export interface PipeSource {
  readonly arn: string;
  readonly batchSize: number;
  readonly batchWindowMs: number;
  /** Patterns, JSON each; a message that matches none of them is dropped. Empty: all pass. */
  readonly filters: readonly string[];
}

/** A function that makes of a batch what the target gets. */
export interface PipeEnrichment {
  readonly arn: string;
  readonly template?: string | undefined;
}

/** Texts in it may be paths into what the pipe carries: `$.body.id`. */
export type PipeTarget = { readonly arn: string; readonly template?: string | undefined } & (
  | {
      readonly kind: 'function';
      /** Whether it is waited for; undefined: it is. */
      readonly invocation?: 'waited-for' | 'handed-over' | undefined;
    }
  | {
      readonly kind: 'queue';
      readonly groupId?: string | undefined;
      readonly deduplicationId?: string | undefined;
    }
  | { readonly kind: 'topic' }
  | {
      readonly kind: 'bus';
      readonly source?: string | undefined;
      readonly detailType?: string | undefined;
      readonly resources?: readonly string[] | undefined;
      /** RFC 3339. */
      readonly time?: string | undefined;
    }
);

/** One record. */
export interface Pipe {
  readonly key: PipeKey;
  readonly settings: PipeSettings;
  readonly state: PipeState;
  /** What its owner wants, and what a state that is under way leads to. */
  readonly wanted: WantedState;
  /** Why it is in a state that it should not be in. */
  readonly stateReason?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

/** Keys of the records of pipes: behind it come account, region and name. */
export const PIPES = 'pipes/';

export function pipeArn({ account, region, name }: PipeKey): string {
  return `arn:aws:pipes:${region}:${account}:pipe/${name}`;
}

/** Everything that a pipe does to others it does as its role. */
export function senderOf({ key, settings }: Pick<Pipe, 'key' | 'settings'>): Sender {
  return { kind: 'role', roleArn: settings.roleArn, sourceArn: pipeArn(key), sourceAccount: key.account };
}

/** Most messages that a target takes at once ("Supported batchable targets", EventBridge Pipes user guide); undefined: any number. */
export const TARGET_BATCH_MAX: Readonly<Record<PipeTarget['kind'], number | undefined>> = {
  function: undefined,
  queue: 10,
  topic: 10,
  bus: 10,
};
