/**
 * Messages that wait to be worked on: durable, delayed, at least once. A message belongs to a group (a function, a
 * target), whose messages come out in the order in which they fall due.
 */
export interface Queue extends AsyncDisposable {
  /** Durable once it has resolved. */
  put(message: NewMessage): Promise<void>;
  /**
   * Leases messages of a group that are due: nobody else gets them until they are settled or postponed, or until the holder
   * is dead. At least one if any is due, then as many as fit into both limits.
   */
  take(group: string, page: { nowMs: number; limit: number; bytesMax: number }): Promise<Taken>;
  /**
   * Ends a leased message: it is done, and does not come again, unless the power fails just then. The death of this process
   * takes nothing back; the same holds for `postpone`.
   */
  settle(id: number): Promise<void>;
  /** Gives a leased message back, to come again at `dueMs` with another state. */
  postpone(id: number, next: { dueMs: number; state: string }): Promise<void>;
  /** The groups that have messages, and when the first one of each falls due. Leased ones count. */
  groups(): Promise<{ group: string; dueMs: number }[]>;
}

export interface NewMessage {
  readonly group: string;
  /** By the wall clock. */
  readonly dueMs: number;
  /** What may change from one try to the next. */
  readonly state: string;
  readonly body: Buffer;
  /** A message of the group with this name that was put within the last minutes is the same one, and is not put again. */
  readonly once?: string | undefined;
}

export interface QueueMessage extends NewMessage {
  readonly id: number;
}

export interface Taken {
  readonly messages: QueueMessage[];
  /** When the first message falls due that is neither leased nor among these; undefined: there is none. */
  readonly nextDueMs: number | undefined;
}

/** What a message counts for where messages in memory are limited. A state may be large, too: it may hold an answer. */
export const bytesOf = ({ state, body }: Pick<NewMessage, 'state' | 'body'>): number => state.length + body.length;
