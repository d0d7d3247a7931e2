// Buckets in the tests of the whole server.
import { createRequire } from 'node:module';
import { noting } from '../src/wire/testing/seen-answers.ts';
import type { TestServer } from './server.ts';

const require = createRequire(import.meta.url);

export type S3Client = import('@aws-sdk/client-s3').S3Client;

/** Loaded when first used, since it takes a while. */
export function s3Sdk(): typeof import('@aws-sdk/client-s3') {
  return require('@aws-sdk/client-s3') as typeof import('@aws-sdk/client-s3');
}

/** The official client, set up with the exports alone. */
export function s3Client(cleanUp: AsyncDisposableStack, server: TestServer): S3Client {
  const client = new (s3Sdk().S3Client)(
    noting({
      endpoint: server.env.AWS_ENDPOINT_URL ?? '',
      region: server.env.AWS_REGION ?? '',
      credentials: {
        accessKeyId: server.env.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY ?? '',
      },
      forcePathStyle: true,
      maxAttempts: 1,
    }),
  );
  cleanUp.defer(() => client.destroy());
  return client;
}
