import { systemClock } from '../lib/clock.ts';
import { serveSqs } from '../services/sqs/aws/testing/serve.ts';
import { sourceQueuesContract } from '../sources/sqs/source-queues-contract.ts';
import { ownQueues } from './own-queues.ts';

sourceQueuesContract('our own queues', async (t) => {
  const { core, client } = await serveSqs(t, { clock: systemClock });
  return { queues: ownQueues(core), sqs: client };
});
