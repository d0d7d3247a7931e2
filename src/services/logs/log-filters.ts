import type { Clock } from '../../lib/clock.ts';
import { readPattern } from './filter-pattern.ts';
import type { Follower, FollowerKind, GroupFollower, MetricFilterQuery } from './follower-table.ts';
import type { LogStore, Scope } from './log-store.ts';
import type { MetricFilter } from './metric-filter.ts';
import { LogsRefused } from './refusal.ts';
import type { Subscription } from './subscription.ts';

/** AWS's quotas for one group (CloudWatch Logs quotas; PutSubscriptionFilter in its API reference). */
const COUNT_MAX: Readonly<Record<FollowerKind, number>> = { metric: 100, subscription: 2 };

interface FilterPorts {
  readonly store: LogStore;
  readonly clock: Clock;
  /** Runs a change that is on the disk when this returns. */
  readonly change: (work: () => void) => void;
  /** A filter has been changed, or is gone. */
  readonly onChanged: (followerId: number) => void;
}

/** Metric filters and subscription filters of groups. Throws `LogsRefused`. */
export class LogFilters {
  readonly #ports: FilterPorts;

  constructor(ports: FilterPorts) {
    this.#ports = ports;
  }

  putSubscription(groupId: number, name: string, subscription: Subscription): void {
    this.#put(groupId, 'subscription', name, subscription);
  }

  putMetricFilter(groupId: number, name: string, filter: MetricFilter): void {
    this.#put(groupId, 'metric', name, filter);
  }

  list(groupId: number, kind: FollowerKind, query: Parameters<LogStore['followers']['list']>[2]): Follower[] {
    return this.#ports.store.followers.list(groupId, kind, query);
  }

  metricFilters(scope: Scope, query: MetricFilterQuery): GroupFollower[] {
    return this.#ports.store.followers.metricFilters(scope, query);
  }

  count(groupId: number, kind: FollowerKind): number {
    return this.#ports.store.followers.count(groupId, kind);
  }

  remove(groupId: number, kind: FollowerKind, name: string): void {
    const { store, change, onChanged } = this.#ports;
    const follower = store.followers.find(groupId, kind, name);
    if (!follower) throw new LogsRefused({ kind: 'no-such-filter', filter: kind });
    change(() => store.followers.remove(follower.id));
    onChanged(follower.id);
  }

  #put(groupId: number, kind: FollowerKind, name: string, settings: Subscription | MetricFilter): void {
    const { store, clock, change, onChanged } = this.#ports;
    if (!readPattern(settings.pattern)) throw new LogsRefused({ kind: 'invalid-pattern' });
    const known = store.followers.find(groupId, kind, name);
    if (!known && store.followers.count(groupId, kind) >= COUNT_MAX[kind])
      throw new LogsRefused({ kind: 'too-many-filters' });
    const createdMs = clock.nowMs();
    change(() => store.followers.put({ groupId, kind, name, createdMs, settings: JSON.stringify(settings) }));
    if (known) onChanged(known.id);
  }
}
