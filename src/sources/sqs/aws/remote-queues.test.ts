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
