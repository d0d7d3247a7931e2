import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { type Shrinking, shrinkLater } from '../../store/sqlite/shrink-later.ts';
import { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import type { Notification } from './notification.ts';
import type { Subscription, SubscriptionSettings } from './subscription.ts';
import type { Scope, Topic, TopicSettings } from './topic.ts';

const SCHEMA = `
  CREATE TABLE topics (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL,
    settings TEXT NOT NULL, tags TEXT NOT NULL, sequence INTEGER NOT NULL DEFAULT 0,
    subscriptionsDeleted INTEGER NOT NULL DEFAULT 0, UNIQUE (account, region, name)
  ) STRICT;
  CREATE TABLE subscriptions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, topicId INTEGER NOT NULL, uuid TEXT NOT NULL UNIQUE, account TEXT NOT NULL,
    principal TEXT NOT NULL, protocol TEXT NOT NULL, endpoint TEXT NOT NULL, settings TEXT NOT NULL, state TEXT NOT NULL,
    token TEXT NOT NULL, tokenMs INTEGER NOT NULL, confirmedByAuthenticated INTEGER NOT NULL,
    authenticateOnUnsubscribe INTEGER NOT NULL, origin TEXT NOT NULL, UNIQUE (topicId, protocol, endpoint)
  ) STRICT;
  CREATE INDEX subscriptionsByToken ON subscriptions (token);
  CREATE INDEX subscriptionsByAccount ON subscriptions (account, id);
  CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, content TEXT NOT NULL) STRICT;
  -- What is not delivered yet. Of a group in order only the first one is ready.
  CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, subscriptionId INTEGER NOT NULL, messageId INTEGER NOT NULL, groupId TEXT,
    ready INTEGER NOT NULL, dueMs INTEGER NOT NULL, attempts INTEGER NOT NULL, stage TEXT NOT NULL
  ) STRICT;
  CREATE INDEX deliveriesDue ON deliveries (subscriptionId, ready, dueMs, id);
  CREATE INDEX deliveriesOfGroup ON deliveries (subscriptionId, groupId, id);
  CREATE INDEX deliveriesOfMessage ON deliveries (messageId);
  CREATE TABLE deduplications (
    topicId INTEGER NOT NULL, deduplicationId TEXT NOT NULL, messageId TEXT NOT NULL, sequenceNumber TEXT NOT NULL,
    untilMs INTEGER NOT NULL, PRIMARY KEY (topicId, deduplicationId)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX deduplicationsByTime ON deduplications (untilMs);
`;

/** One message to one subscription. `stage`: to its endpoint, or, after that has failed, to its dead-letter queue. */
export interface PendingDelivery {
  readonly id: number;
  readonly subscriptionId: number;
  readonly messageId: number;
  readonly groupId: string | undefined;
  readonly attempts: number;
  readonly stage: 'endpoint' | 'dead-letter';
  readonly notification: Notification;
}

/** What an earlier publish with the same deduplication id has answered. */
export interface Duplicate {
  readonly messageId: string;
  readonly sequenceNumber: string;
}

type NewSubscription = Omit<Subscription, 'id'>;

/**
 * Topics, subscriptions and what is on its way to them, in one SQLite file. Reads are at once; what changes is made within
 * `write`, whose promise resolves when it is durable. AUTOINCREMENT matters: what was said of a removed row must not
 * be taken for a new one.
 */
export class SnsStore {
  readonly #file: SqliteFile;
  readonly #shrinking: Shrinking;

  constructor(path: string, { clock, log }: { clock: Clock; log: Logger }) {
    this.#file = new SqliteFile(path, {
      what: 'the topics',
      formats: [SCHEMA],
      pragmas: { auto_vacuum: 'INCREMENTAL' },
      log,
    });
    this.#shrinking = shrinkLater(this.#file, { clock, log });
  }

  /** Runs `work` in the next transaction; resolves with its result once that is on the disk. */
  write<T>(work: () => T): Promise<T> {
    return this.#file.write(work);
  }

  /** The same for what makes room, or is needed to make room; see `SqliteFile.free`. */
  free<T>(work: () => T): Promise<T> {
    this.#shrinking.wake();
    return this.#file.free(work);
  }

  close(): void {
    this.#shrinking[Symbol.dispose]();
    this.#file.close();
  }

  topic({ account, region }: Scope, name: string): Topic | undefined {
    const row = this.#file
      .sql('SELECT * FROM topics WHERE account = ? AND region = ? AND name = ?')
      .get(account, region, name);
    return row && toTopic(row);
  }

  topicOf(id: number): Topic | undefined {
    const row = this.#file.sql('SELECT * FROM topics WHERE id = ?').get(id);
    return row && toTopic(row);
  }

  /** Those behind `after`, by their ids. */
  topics({ account, region }: Scope, after: number, countMax: number): Topic[] {
    return this.#file
      .sql('SELECT * FROM topics WHERE account = ? AND region = ? AND id > ? ORDER BY id LIMIT ?')
      .all(account, region, after, countMax)
      .map(toTopic);
  }

  countTopics({ account, region }: Scope, kind: 'standard' | 'fifo'): number {
    const row = this.#file
      .sql("SELECT count(*) AS n FROM topics WHERE account = ? AND region = ? AND (name LIKE '%.fifo') = ?")
      .get(account, region, kind === 'fifo' ? 1 : 0);
    return Number(row?.n);
  }

  addTopic(scope: Scope, name: string, settings: TopicSettings, tags: Readonly<Record<string, string>>): void {
    this.#file
      .sql('INSERT INTO topics (account, region, name, settings, tags) VALUES (?, ?, ?, ?, ?)')
      .run(scope.account, scope.region, name, JSON.stringify(settings), JSON.stringify(tags));
  }

  setTopic(id: number, { settings, tags }: Pick<Topic, 'settings' | 'tags'>): void {
    this.#file
      .sql('UPDATE topics SET settings = ?, tags = ? WHERE id = ?')
      .run(JSON.stringify(settings), JSON.stringify(tags), id);
  }

  countDeletedSubscription(topicId: number): void {
    this.#file.sql('UPDATE topics SET subscriptionsDeleted = subscriptionsDeleted + 1 WHERE id = ?').run(topicId);
  }

  /**
   * With its subscriptions. What is on its way to them goes nowhere any more, and is deleted by `removeStrays`; what was remembered of
   * its messages is, when its time is over.
   */
  removeTopic(id: number): void {
    this.#file.sql('DELETE FROM subscriptions WHERE topicId = ?').run(id);
    this.#file.sql('DELETE FROM topics WHERE id = ?').run(id);
  }

  /** How many messages the topic has had, with this one. */
  nextSequence(topicId: number): number {
    const row = this.#file
      .sql('UPDATE topics SET sequence = sequence + 1 WHERE id = ? RETURNING sequence')
      .get(topicId);
    return Number(row?.sequence);
  }

  subscription(uuid: string): Subscription | undefined {
    const row = this.#file.sql('SELECT * FROM subscriptions WHERE uuid = ?').get(uuid);
    return row && toSubscription(row);
  }

  subscriptionOf(id: number): Subscription | undefined {
    const row = this.#file.sql('SELECT * FROM subscriptions WHERE id = ?').get(id);
    return row && toSubscription(row);
  }

  subscriptionTo(topicId: number, protocol: string, endpoint: string): Subscription | undefined {
    const row = this.#file
      .sql('SELECT * FROM subscriptions WHERE topicId = ? AND protocol = ? AND endpoint = ?')
      .get(topicId, protocol, endpoint);
    return row && toSubscription(row);
  }

  subscriptionByToken(token: string): Subscription | undefined {
    const row = this.#file.sql('SELECT * FROM subscriptions WHERE token = ?').get(token);
    return row && toSubscription(row);
  }

  /** Those that are not deleted, behind `after`, by their ids. */
  subscriptionsOfTopic(topicId: number, after: number, countMax: number): Subscription[] {
    return this.#file
      .sql("SELECT * FROM subscriptions WHERE topicId = ? AND id > ? AND state <> 'deleted' ORDER BY id LIMIT ?")
      .all(topicId, after, countMax)
      .map(toSubscription);
  }

  /** The account's own, to topics of this region. */
  subscriptionsOfAccount({ account, region }: Scope, after: number, countMax: number): Subscription[] {
    return this.#file
      .sql(
        `SELECT s.* FROM subscriptions s JOIN topics t ON t.id = s.topicId WHERE s.account = ? AND t.region = ? AND s.id > ?
       AND s.state <> 'deleted' ORDER BY s.id LIMIT ?`,
      )
      .all(account, region, after, countMax)
      .map(toSubscription);
  }

  *confirmedSubscriptions(topicId: number): Generator<Subscription> {
    const rows = this.#file.sql("SELECT * FROM subscriptions WHERE topicId = ? AND state = 'confirmed'").all(topicId);
    for (const row of rows) yield toSubscription(row);
  }

  countSubscriptions(topicId: number, state: Subscription['state']): number {
    const row = this.#file
      .sql('SELECT count(*) AS n FROM subscriptions WHERE topicId = ? AND state = ?')
      .get(topicId, state);
    return Number(row?.n);
  }

  countFilterPolicies(topicId: number): number {
    const row = this.#file
      .sql(
        `SELECT count(*) AS n FROM subscriptions WHERE topicId = ? AND state <> 'deleted'
       AND json_extract(settings, '$.filterPolicy') IS NOT NULL`,
      )
      .get(topicId);
    return Number(row?.n);
  }

  /** Answers its id. */
  addSubscription(subscription: NewSubscription): number {
    const { lastInsertRowid } = this.#file
      .sql(
        `INSERT INTO subscriptions (topicId, uuid, account, principal, protocol, endpoint, settings, state, token, tokenMs,
       confirmedByAuthenticated, authenticateOnUnsubscribe, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        subscription.topicId,
        subscription.uuid,
        subscription.account,
        subscription.principal,
        subscription.protocol,
        subscription.endpoint,
        JSON.stringify(subscription.settings),
        subscription.state,
        subscription.token,
        subscription.tokenMs,
        Number(subscription.confirmedByAuthenticated),
        Number(subscription.authenticateOnUnsubscribe),
        subscription.origin,
      );
    return Number(lastInsertRowid);
  }

  setSubscription(subscription: Subscription): void {
    this.#file
      .sql(
        `UPDATE subscriptions SET settings = ?, state = ?, token = ?, tokenMs = ?, confirmedByAuthenticated = ?,
       authenticateOnUnsubscribe = ? WHERE id = ?`,
      )
      .run(
        JSON.stringify(subscription.settings),
        subscription.state,
        subscription.token,
        subscription.tokenMs,
        Number(subscription.confirmedByAuthenticated),
        Number(subscription.authenticateOnUnsubscribe),
        subscription.id,
      );
  }

  /** With all that is on its way to it. */
  /** What is on its way to it is deleted by `removeStrays`. */
  removeSubscription(id: number): void {
    this.#file.sql('DELETE FROM subscriptions WHERE id = ?').run(id);
  }

  /** Deletes deliveries to subscriptions that have gone, some of one of them. Answers how many. */
  removeStrays(countMax: number): number {
    // From one subscription to the next: there may be very many deliveries to each.
    const stray = this.#file
      .sql(
        `WITH RECURSIVE found (id) AS (
           SELECT min(subscriptionId) FROM deliveries
           UNION ALL
           SELECT (SELECT min(subscriptionId) FROM deliveries WHERE subscriptionId > found.id) FROM found WHERE id IS NOT NULL
         )
         SELECT id FROM found WHERE id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.id = found.id)
         LIMIT 1`,
      )
      .get();
    if (stray === undefined) return 0;
    const deleted = this.#file
      .sql(
        `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE subscriptionId = ? LIMIT ?)
         RETURNING messageId`,
      )
      .all(Number(stray.id), countMax);
    for (const { messageId } of deleted) this.#removeUnused(Number(messageId));
    return deleted.length;
  }

  /** Subscriptions whose token has run out before anybody used it. Answers how many. */
  removeStaleSubscriptions(untilMs: number, countMax: number): number {
    const stale = this.#file
      .sql(
        `SELECT id FROM subscriptions s WHERE state <> 'confirmed' AND tokenMs < ?
       AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.subscriptionId = s.id) LIMIT ?`,
      )
      .all(untilMs, countMax);
    for (const { id } of stale) this.removeSubscription(Number(id));
    return stale.length;
  }

  /** Answers its id, for `addDelivery`. */
  addMessage(notification: Notification): number {
    const { lastInsertRowid } = this.#file
      .sql('INSERT INTO messages (content) VALUES (?)')
      .run(JSON.stringify(notification));
    return Number(lastInsertRowid);
  }

  addDelivery(subscriptionId: number, messageId: number, groupId: string | undefined, dueMs: number): void {
    this.#file
      .sql(
        `INSERT INTO deliveries (subscriptionId, messageId, groupId, ready, dueMs, attempts, stage) VALUES (?1, ?2, ?3,
       ?3 IS NULL OR NOT EXISTS (SELECT 1 FROM deliveries WHERE subscriptionId = ?1 AND groupId = ?3), ?4, 0, 'endpoint')`,
      )
      .run(subscriptionId, messageId, groupId ?? null, dueMs);
  }

  /** Ids of those that are due, the longest first. */
  dueDeliveries(subscriptionId: number, nowMs: number, countMax: number): number[] {
    return this.#file
      .sql('SELECT id FROM deliveries WHERE subscriptionId = ? AND ready = 1 AND dueMs <= ? ORDER BY dueMs, id LIMIT ?')
      .all(subscriptionId, nowMs, countMax)
      .map((row) => Number(row.id));
  }

  delivery(id: number): PendingDelivery | undefined {
    const row = this.#file
      .sql('SELECT d.*, m.content FROM deliveries d JOIN messages m ON m.id = d.messageId WHERE d.id = ?')
      .get(id);
    return row && toDelivery(row);
  }

  /** When the next one behind `afterMs` is due. */
  nextDueMs(subscriptionId: number, afterMs: number): number | undefined {
    const row = this.#file
      .sql('SELECT min(dueMs) AS dueMs FROM deliveries WHERE subscriptionId = ? AND ready = 1 AND dueMs > ?')
      .get(subscriptionId, afterMs);
    return typeof row?.dueMs === 'number' ? row.dueMs : undefined;
  }

  postponeDelivery(id: number, dueMs: number, attempts: number, stage: PendingDelivery['stage']): void {
    this.#file
      .sql('UPDATE deliveries SET dueMs = ?, attempts = ?, stage = ? WHERE id = ?')
      .run(dueMs, attempts, stage, id);
  }

  /** It was delivered, or given up. The next one of its group is then ready. */
  removeDelivery({ id, subscriptionId, messageId, groupId }: PendingDelivery): void {
    this.#file.sql('DELETE FROM deliveries WHERE id = ?').run(id);
    if (groupId !== undefined) {
      this.#file
        .sql(
          `UPDATE deliveries SET ready = 1 WHERE id =
         (SELECT min(id) FROM deliveries WHERE subscriptionId = ? AND groupId = ?)`,
        )
        .run(subscriptionId, groupId);
    }
    this.#removeUnused(messageId);
  }

  subscriptionsWithDeliveries(): number[] {
    return this.#file
      .sql('SELECT DISTINCT subscriptionId FROM deliveries')
      .all()
      .map((row) => Number(row.subscriptionId));
  }

  duplicate(topicId: number, deduplicationId: string, nowMs: number): Duplicate | undefined {
    const row = this.#file
      .sql(
        'SELECT messageId, sequenceNumber FROM deduplications WHERE topicId = ? AND deduplicationId = ? AND untilMs > ?',
      )
      .get(topicId, deduplicationId, nowMs);
    return row && { messageId: String(row.messageId), sequenceNumber: String(row.sequenceNumber) };
  }

  addDeduplication(topicId: number, deduplicationId: string, duplicate: Duplicate, untilMs: number): void {
    this.#file
      .sql('INSERT OR REPLACE INTO deduplications VALUES (?, ?, ?, ?, ?)')
      .run(topicId, deduplicationId, duplicate.messageId, duplicate.sequenceNumber, untilMs);
  }

  /** Answers how many. */
  removeOldDeduplications(nowMs: number, countMax: number): number {
    const { changes } = this.#file
      .sql(
        `DELETE FROM deduplications WHERE (topicId, deduplicationId) IN
       (SELECT topicId, deduplicationId FROM deduplications WHERE untilMs <= ? LIMIT ?)`,
      )
      .run(nowMs, countMax);
    return Number(changes);
  }

  #removeUnused(messageId: number): void {
    this.#file
      .sql('DELETE FROM messages WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE messageId = ?1)')
      .run(messageId);
  }
}

type Row = Record<string, unknown>;

// SAFE, of the casts below: what is in a column was written by the methods above, in these types.
function toTopic(row: Row): Topic {
  return {
    id: Number(row.id),
    account: String(row.account),
    region: String(row.region),
    name: String(row.name),
    settings: JSON.parse(String(row.settings)) as TopicSettings,
    tags: JSON.parse(String(row.tags)) as Record<string, string>,
    subscriptionsDeleted: Number(row.subscriptionsDeleted),
  };
}

function toSubscription(row: Row): Subscription {
  return {
    id: Number(row.id),
    topicId: Number(row.topicId),
    uuid: String(row.uuid),
    account: String(row.account),
    principal: String(row.principal),
    protocol: row.protocol as Subscription['protocol'],
    endpoint: String(row.endpoint),
    settings: JSON.parse(String(row.settings)) as SubscriptionSettings,
    state: row.state as Subscription['state'],
    token: String(row.token),
    tokenMs: Number(row.tokenMs),
    confirmedByAuthenticated: row.confirmedByAuthenticated === 1,
    authenticateOnUnsubscribe: row.authenticateOnUnsubscribe === 1,
    origin: String(row.origin),
  };
}

function toDelivery(row: Row): PendingDelivery {
  return {
    id: Number(row.id),
    subscriptionId: Number(row.subscriptionId),
    messageId: Number(row.messageId),
    groupId: row.groupId === null ? undefined : String(row.groupId),
    attempts: Number(row.attempts),
    stage: row.stage as PendingDelivery['stage'],
    notification: JSON.parse(String(row.content)) as Notification,
  };
}
