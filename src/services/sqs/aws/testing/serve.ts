import { createRequire } from 'node:module';
import type { TestContext } from 'node:test';
import type { Clock } from '../../../../lib/clock.ts';
import type { ServiceDefinition } from '../../../../wire/service.ts';
import { clientOf, everybody, serve } from '../../../../wire/test-server.ts';
import { noting } from '../../../../wire/testing/seen-answers.ts';
import { openForTest } from '../../testing/fixture.ts';
import { isQueueSharedWith } from '../shared-queue.ts';
import { sqsService } from '../sqs-service.ts';

const require = createRequire(import.meta.url);
export const sdk = require('@aws-sdk/client-sqs') as typeof import('@aws-sdk/client-sqs');

/** SQS alone behind the real wire, on a free port, with the official client in front of it. */
export async function serveSqs(t: TestContext, options: { clock?: Clock; account?: string } = {}) {
  const opened = openForTest(t, options.clock === undefined ? {} : { clock: options.clock });
  const server = await serve(t, [shared(sqsService(opened.core))], {
    clock: options.clock ?? opened.clock,
    authenticate: (request) => {
      const answer = everybody(request);
      // Another account calls with a key that begins with its id.
      const account = /Credential=(\d{12})/.exec(request.headers.authorization ?? '')?.[1];
      if (account === undefined) return answer;
      const arn = `arn:aws:iam::${account}:root`;
      return { ...answer, principal: { ...answer.principal, account, arn, userId: account } };
    },
  });
  const clientFor = (accessKeyId: string) => {
    const config = { ...clientOf(server), credentials: { accessKeyId, secretAccessKey: 'secret' } };
    const client = new sdk.SQS(noting(config));
    t.after(() => client.destroy());
    return client;
  };
  return { ...opened, server, endpoint: server.endpoint, client: clientFor('AKIDEXAMPLE'), clientFor };

  /** As the server does it for every service: the resource's policy is asked. */
  function shared(service: ServiceDefinition): ServiceDefinition {
    const handlers = Object.entries(service.handlers).map(([name, handler]) => [
      name,
      (input: Parameters<NonNullable<typeof handler>>[0], context: Parameters<NonNullable<typeof handler>>[1]) => {
        const action = `sqs:${name.replace(/Batch$/, '')}`;
        const mayReach = (arn: string) => isQueueSharedWith(opened.core, context.principal, action, arn);
        return handler?.(input, { ...context, mayReach });
      },
    ]);
    return { ...service, handlers: Object.fromEntries(handlers) };
  }
}

/** What a call was refused with: its code, that of the query protocol, status and text. */
export async function refusalOf(call: Promise<unknown>) {
  try {
    await call;
  } catch (error) {
    if (error instanceof sdk.SQSServiceException) {
      return { name: error.name, status: error.$metadata.httpStatusCode, message: error.message };
    }
    throw error;
  }
  throw new Error('it was not refused');
}
