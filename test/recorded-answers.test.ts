// What AWS has been seen to answer, as cases: each request is sent to a real server with the official client, and the
// whole answer is held against what was recorded: status, error code, text, members. The numbers name the sections of
// lambda-facts. Cases of one section run in their order, on functions of their own.
import { after, before, describe, test } from 'node:test';
import { makeQueue, queueClient } from './queues.ts';
import { assertRecorded, recorder } from './recorded/case.ts';
import { CONTROLS } from './recorded/controls.ts';
import { FUNCTIONS } from './recorded/functions.ts';
import { INVOCATIONS } from './recorded/invocations.ts';
import { LAYERS } from './recorded/layers.ts';
import { NAMES } from './recorded/names.ts';
import { POLICIES } from './recorded/policies.ts';
import { URLS_AND_MAPPINGS } from './recorded/urls-and-mappings.ts';
import { VERSIONS } from './recorded/versions.ts';
import type { Send } from './recorded/words.ts';
import { cleanUpOf, lambdaClient, serve, settled } from './server.ts';

const SECTIONS = [
  ...NAMES,
  ...FUNCTIONS,
  ...VERSIONS,
  ...INVOCATIONS,
  ...POLICIES,
  ...URLS_AND_MAPPINGS,
  ...LAYERS,
  ...CONTROLS,
];

const cleanUp = cleanUpOf({ after });
let send: Send;
let settle: (name: string) => Promise<void>;

before(async () => {
  const server = await serve(cleanUp);
  const client = lambdaClient(cleanUp, server);
  send = recorder(cleanUp, server);
  const sqs = queueClient(cleanUp, server);
  for (const name of ['queue', 'queue-2']) await makeQueue(sqs, name);
  settle = (name) => settled(client, name);
});

for (const { title, given, settles, cases } of SECTIONS) {
  describe(`as recorded: ${title}`, () => {
    before(async () => {
      await given?.(send, settle);
    });
    for (const { says, operation, input, answer } of cases) {
      test(`${operation}: ${says}`, async () => {
        assertRecorded(await send(operation, input), answer);
        if (settles !== undefined) await settle(settles);
      });
    }
  });
}
