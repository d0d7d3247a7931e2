import { randomBytes, randomUUID } from 'node:crypto';
import type { Admission, Delivery, Targets } from '../delivery/delivery.ts';
import type { Relay } from '../delivery/mail.ts';
import type { Outbox } from '../delivery/outbox.ts';
import { isSharedWith } from '../functions/aws/shared-function.ts';
import type { Functions } from '../functions/functions.ts';
import type { Assumable } from '../identity/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { cloudWatchService } from '../services/cloudwatch/aws/cloudwatch-service.ts';
import { type OpenCloudWatch, openCloudWatch } from '../services/cloudwatch/open-cloudwatch.ts';
import { eventsService } from '../services/events/aws/events-service.ts';
import { type OpenEvents, openEvents } from '../services/events/open-events.ts';
import { bucketSettingsPart, notificationPart } from '../services/s3/aws/s3-parts.ts';
import { s3Service } from '../services/s3/aws/s3-service.ts';
import { isBucketSharedWith } from '../services/s3/aws/shared-bucket.ts';
import { bucketTarget } from '../services/s3/bucket-target.ts';
import { type LazyS3, lazyS3 } from '../services/s3/s3.ts';
import { schedulerService } from '../services/scheduler/aws/scheduler-service.ts';
import { type OpenScheduler, openScheduler } from '../services/scheduler/open-scheduler.ts';
import { sesService } from '../services/ses/aws/ses-service.ts';
import { sesV2Service } from '../services/ses/aws/v2/ses-v2-service.ts';
import type { DomainOwners } from '../services/ses/identity.ts';
import type { AskFunction } from '../services/ses/incoming-work.ts';
import { type OpenSes, openSes } from '../services/ses/open-ses.ts';
import { snsService } from '../services/sns/aws/sns-service.ts';
import { type OpenSns, openSns } from '../services/sns/open-sns.ts';
import { isQueueSharedWith } from '../services/sqs/aws/shared-queue.ts';
import { sqsService } from '../services/sqs/aws/sqs-service.ts';
import { type OpenSqs, openSqs } from '../services/sqs/open-sqs.ts';
import { queueTarget } from '../services/sqs/queue-target.ts';
import type { ServiceDefinition } from '../wire/service.ts';
import type { MayReach, ResourcePolicies } from './guard.ts';
import { resourcePolicies } from './resource-policies.ts';
import { schedulerMetrics } from './scheduler-metrics.ts';

/** Queues, topics, buckets, metrics and mail beside the functions. Each is opened at its first use, and costs nothing before. */
export interface Neighbours {
  readonly sqs: OpenSqs;
  readonly s3: LazyS3;
  readonly sns: OpenSns;
  readonly cloudWatch: OpenCloudWatch;
  readonly ses: OpenSes;
  readonly events: OpenEvents;
  readonly scheduler: OpenScheduler;
  readonly services: readonly ServiceDefinition[];
  /** Where deliveries to them go. */
  readonly targets: Targets;
  /** Whether the policy of a function, queue or bucket lets a caller of another account in. */
  readonly mayReach: MayReach;
  readonly policies: ResourcePolicies;
}

interface Ports {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly functions: Functions;
  /** Through which mail goes out; undefined: none does. */
  readonly relay: Relay | undefined;
  readonly domainOwners: DomainOwners;
  readonly ask: AskFunction;
  /** Whether EventBridge Scheduler may act as a role. */
  readonly assumable: Assumable;
  /** These two are opened after the neighbours. */
  readonly delivery: () => Delivery & Admission;
  readonly outbox: () => Outbox;
  /** Objects have changed. */
  readonly onObjects: () => void;
}

/** What has been opened is given to `opened`. */
export function openNeighbours(ports: Ports, opened: AsyncDisposableStack): Neighbours {
  const { dataDir, clock, log, functions, relay, domainOwners, assumable, ask, delivery, outbox, onObjects } = ports;
  const sqs = opened.use(openSqs({ dataDir, clock, log }));
  const s3 = opened.use(lazyS3({ dataDir, clock, log, randomBytes, onChange: onObjects }));
  const sns = opened.use(
    openSns({
      ...{ dataDir, clock, log, relay, random: Math.random, randomBytes, uuid: randomUUID },
      deliver: (arn, message, from, signal) => delivery().deliver(arn, message, from, signal),
    }),
  );
  const ses = opened.use(
    openSes({
      ...{ dataDir, clock, log, relay, owners: domainOwners, randomBytes, uuid: randomUUID, ask },
      deliver: (arn, message, from, signal) => delivery().deliver(arn, message, from, signal),
      assertDeliverable: (arn, from) => delivery().assertDeliverable(arn, from),
      post: (posted) => outbox().post(posted),
    }),
  );
  const events = opened.use(
    openEvents({ dataDir, clock, log, random: Math.random, uuid: randomUUID, post: (posted) => outbox().post(posted) }),
  );
  const cloudWatch = opened.use(
    openCloudWatch({ dataDir, clock, log, uuid: randomUUID, post: (posted) => outbox().post(posted) }),
  );
  const fires = schedulerMetrics({ clock, wake: () => cloudWatch.recorder.wake() });
  cloudWatch.recorder.add(fires);
  const scheduler = opened.use(
    openScheduler({
      ...{ dataDir, clock, log, random: Math.random, count: fires.count },
      deliver: (arn, message, from, signal) => delivery().deliver(arn, message, from, signal),
    }),
  );
  const notifications = notificationPart({
    ...{ s3: s3.open, clock, uuid: randomUUID },
    admission: { assertDeliverable: (arn, from) => delivery().assertDeliverable(arn, from) },
    post: (posted) => outbox().post(posted),
  });
  return {
    ...{ sqs, s3, sns, cloudWatch, ses, events, scheduler },
    services: [
      sqsService(sqs.core),
      snsService(sns.core),
      sesService(ses.core),
      sesV2Service(ses.core),
      eventsService({
        ...{ buses: () => events.core().buses, archives: () => events.core().archives },
        ...{ nowMs: () => clock.nowMs(), uuid: randomUUID },
      }),
      cloudWatchService(cloudWatch),
      schedulerService({ scheduler: scheduler.core, assumable, nowMs: clock.nowMs }),
      s3Service(s3.open, [notifications, bucketSettingsPart(s3.open)]),
    ],
    targets: {
      sqs: () => queueTarget(sqs.core),
      sns: sns.target,
      events: events.target,
      s3: () => bucketTarget(s3.open, randomUUID),
    },
    mayReach: (caller, action, arn) =>
      isSharedWith(functions, caller, action, arn) ||
      isQueueSharedWith(sqs.core, caller, action, arn) ||
      isBucketSharedWith(s3.open, caller, action, arn),
    policies: resourcePolicies({
      functions,
      queues: sqs.core,
      topics: sns.core,
      buses: () => events.core().buses,
      buckets: s3.open,
    }),
  };
}
