// Mail in the tests of the whole server.
import { createRequire } from 'node:module';
import { noting } from '../src/wire/testing/seen-answers.ts';
import type { TestServer } from './server.ts';

const require = createRequire(import.meta.url);

export type MailClient = import('@aws-sdk/client-ses').SESClient;

/** Loaded when first used, since it takes a while. */
export function mailSdk(): typeof import('@aws-sdk/client-ses') {
  return require('@aws-sdk/client-ses') as typeof import('@aws-sdk/client-ses');
}

/** The official client, set up with the exports alone. */
export function mailClient(cleanUp: AsyncDisposableStack, { env }: TestServer): MailClient {
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' };
  const { AWS_ENDPOINT_URL: endpoint = '', AWS_REGION: region = '' } = env;
  const client = new (mailSdk().SESClient)(noting({ endpoint, region, credentials, maxAttempts: 1 }));
  cleanUp.defer(async () => client.destroy());
  return client;
}

/** Where the server says that it takes letters. */
export function smtpPortOf({ process: { printed } }: TestServer): number {
  const port = /^Letters are taken at smtp:\/\/\S+:(\d+)$/m.exec(printed)?.[1];
  if (port === undefined) throw new Error(`the server takes no letters: ${printed}`);
  return Number(port);
}
