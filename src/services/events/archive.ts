import type { BusKey, Scope } from './bus.ts';

export interface ArchiveKey extends Scope {
  readonly archive: string;
}

/** What UpdateArchive can change. */
export interface ArchiveSettings {
  /** Which events it keeps; undefined: all. */
  readonly pattern?: string | undefined;
  readonly description?: string | undefined;
  /** 0: for ever. */
  readonly retentionDays: number;
}

/** Keeps events of a bus, so that they can be told once more. */
export interface Archive extends ArchiveKey, ArchiveSettings {
  readonly id: number;
  readonly bus: BusKey['bus'];
  readonly createdMs: number;
  readonly count: number;
  readonly bytes: number;
}

export interface ReplayKey extends Scope {
  readonly replay: string;
}

export const REPLAY_STATES = ['STARTING', 'RUNNING', 'CANCELLING', 'COMPLETED', 'CANCELLED', 'FAILED'] as const;

export type ReplayState = (typeof REPLAY_STATES)[number];

/** Tells events of an archive once more, to rules of its bus. */
export interface Replay extends ReplayKey {
  readonly archive: string;
  readonly archiveId: number;
  readonly bus: BusKey['bus'];
  /** ARNs of the rules that are told; undefined: all of the bus. */
  readonly rules?: readonly string[] | undefined;
  readonly description?: string | undefined;
  /** Of the events: those of the first are told, those of the second are not. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: ReplayState;
  readonly startedMs: number;
  readonly endedMs?: number | undefined;
  /** The event told last, behind which it goes on. */
  readonly told?: { readonly timeMs: number; readonly id: number } | undefined;
}

/** Whether there is something left to do. */
export const isActive = ({ state }: Pick<Replay, 'state'>): boolean =>
  state === 'STARTING' || state === 'RUNNING' || state === 'CANCELLING';

export function archiveArn({ account, region, archive }: ArchiveKey): string {
  return `arn:aws:events:${region}:${account}:archive/${archive}`;
}

/** What the ARN of an archive names; undefined for others. */
export function archiveOfArn(arn: string): ArchiveKey | undefined {
  const [, region, account, archive] =
    /^arn:aws[\w-]*:events:([a-z0-9-]+):(\d{12}):archive\/([.\-_A-Za-z0-9]+)$/.exec(arn) ?? [];
  if (region === undefined || account === undefined || archive === undefined) return undefined;
  return { region, account, archive };
}

export function replayArn({ account, region, replay }: ReplayKey): string {
  return `arn:aws:events:${region}:${account}:replay/${replay}`;
}
