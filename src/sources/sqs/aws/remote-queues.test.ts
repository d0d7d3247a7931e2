import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../../lib/clock.ts';
import { serveSqs } from '../../../services/sqs/aws/testing/serve.ts';
import { sourceQueuesContract } from '../source-queues-contract.ts';
import { remoteQueues } from './remote-queues.ts';

sourceQueuesContract('queues at another endpoint', async (t) => {
  const { endpoint, client } = await serveSqs(t, { clock: systemClock });
  const queues = remoteQueues({ endpoint, credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' } });
  t.after(() => queues[Symbol.dispose]());
  return { queues, sqs: client };
});

test('an endpoint that says nothing is not waited for without end', async (t) => {
  const silent = createServer(() => {});
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo; // SAFE: it listens on a host and a port.
  t.after(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
  const queues = remoteQueues({ endpoint: `http://127.0.0.1:${port}`, credentials, answerMsMax: 50 });
  t.after(() => queues[Symbol.dispose]());
  const arn = 'arn:aws:sqs:us-east-1:000000000000:silent';
  await assert.rejects(queues.find(arn), /abort/i);
  await assert.rejects(queues.receive(arn, { countMax: 1, waitMs: 0 }, new AbortController().signal), /abort/i);
});
