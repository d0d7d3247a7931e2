import type { Delivery } from '../../delivery/delivery.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { Following } from './following.ts';
import type { RecordMetrics } from './log-metrics.ts';
import type { LogStore } from './log-store.ts';
import { MetricCarrier } from './metric-carrier.ts';
import { SubscriptionCarrier } from './subscription-carrier.ts';

/** Where what filters find goes. */
export interface FollowPorts {
  readonly deliver: Delivery['deliver'];
  readonly record: RecordMetrics;
}

/** Followers of both kinds. */
export function following(
  store: LogStore,
  ports: FollowPorts & { readonly clock: Clock; readonly log: Logger },
): Following {
  const { deliver, record, clock, log } = ports;
  const placeOf = (groupId: number) => store.placeOf(groupId);
  const subscription = new SubscriptionCarrier({ deliver, clock, log, placeOf });
  const metric = new MetricCarrier({ record, clock, log, scopeOf: placeOf });
  return new Following({ store, clock, log, carriers: { subscription, metric } });
}
