import { createRequire } from 'node:module';
import type { Handlers } from '../../../wire/service.ts';
import type { S3 } from '../s3.ts';
import type { Client } from './client.ts';
import type { NotificationPorts } from './notification-operations.ts';

/** Operations of S3 whose code is loaded with the first request. */
export interface S3Part {
  readonly operations: readonly (keyof Handlers<Client>)[];
  load(): Handlers<Client>;
}

const require = createRequire(import.meta.url);

export function notificationPart(ports: NotificationPorts): S3Part {
  return {
    operations: ['GetBucketNotificationConfiguration', 'PutBucketNotificationConfiguration'],
    load: () =>
      (require('./notification-operations.ts') as typeof import('./notification-operations.ts')).notificationOperations(
        ports,
      ),
  };
}

export function bucketSettingsPart(s3: () => S3): S3Part {
  return {
    operations: [
      'DeleteBucketCors',
      'DeleteBucketPolicy',
      'DeleteBucketTagging',
      'DeletePublicAccessBlock',
      'GetBucketCors',
      'GetBucketPolicy',
      'GetBucketPolicyStatus',
      'GetBucketTagging',
      'GetPublicAccessBlock',
      'PutBucketCors',
      'PutBucketPolicy',
      'PutBucketTagging',
      'PutPublicAccessBlock',
    ],
    load: () => (require('./bucket-settings.ts') as typeof import('./bucket-settings.ts')).bucketSettings(s3),
  };
}
