// Event source mappings as users of the whole server see them: by the AWS CLI, by boto3, and after kill -9.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { withoutAwsSettings } from '../scripts/server-process.ts';
import { awsLambda } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { zipOf } from './deploy.ts';
import { makeQueue, queueClient } from './queues.ts';
import {
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  ROLE,
  serve,
  settled,
  type TestServer,
  temporaryDirectory,
} from './server.ts';

const PLACE = 'us-east-1:000000000000';
const QUEUE = `arn:aws:sqs:${PLACE}:orders`;
const STREAM = `arn:aws:kinesis:${PLACE}:stream/clicks`;
/** Nothing is invoked. */
const ARGS = ['--sandbox', 'process', '--pool', '0'];

describe('event source mappings', () => {
  const cleanUp = cleanUpOf({ after });
  let server: TestServer;
  before(async () => {
    server = await serve(cleanUp, { args: ARGS });
    await makeFunction(lambdaClient(cleanUp, server));
    await makeQueue(queueClient(cleanUp, server), 'orders');
  });

  test('the AWS CLI makes, changes and deletes one', async () => {
    const aws = await awsLambda({ ...withoutAwsSettings(), ...server.env });
    const source = ['--function-name', 'hello', '--event-source-arn', QUEUE];
    const { UUID, State, FunctionArn, BatchSize } = await aws('create-event-source-mapping', ...source);
    assert.deepEqual([State, FunctionArn, BatchSize], ['Creating', `arn:aws:lambda:${PLACE}:function:hello`, 10]);
    const id = ['--uuid', UUID];
    const enabled = await inState('Enabled', () => aws('get-event-source-mapping', ...id));
    assert.equal(enabled.LastProcessingResult, undefined);
    const pattern = '{"body":{"kind":["order"]}}';
    const filters = ['--filter-criteria', JSON.stringify({ Filters: [{ Pattern: pattern }] })];
    const changed = await aws('update-event-source-mapping', ...id, '--batch-size', '7', '--no-enabled', ...filters);
    assert.deepEqual([changed.State, changed.BatchSize], ['Disabling', 7]);
    const disabled = await inState('Disabled', async () => {
      const { EventSourceMappings } = await aws('list-event-source-mappings', ...source);
      return EventSourceMappings[0];
    });
    assert.deepEqual(disabled.FilterCriteria, { Filters: [{ Pattern: pattern }] });
    assert.equal((await aws('delete-event-source-mapping', ...id)).State, 'Deleting');
  });

  test('boto3 makes, changes and deletes one', async () => {
    const env = { ...withoutAwsSettings(), ...server.env };
    const script = join(import.meta.dirname, 'boto3-mappings.py');
    const { stdout } = await promisify(execFile)(await pythonWithBoto3(env), [script, 'hello', STREAM], { env });
    assert.deepEqual(JSON.parse(stdout), {
      created: ['Creating', 100, true],
      settled: 'Enabled',
      twice: 'ResourceConflictException',
      nowhere:
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
      updated: 'Updating',
      changed: [5, 2, 'PROBLEM: Lambent does not poll Kinesis streams yet.'],
      listed: [STREAM],
      deleted: 'Deleting',
      gone: ['ResourceNotFoundException', 'The resource you requested does not exist.'],
    });
  });
});

test('mappings that were acknowledged are there after kill -9, and get to where they were going', async (t) => {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const sdk = lambdaSdk();
  const server = await serve(cleanUp, { dataDir, args: ARGS });
  const client = lambdaClient(cleanUp, server, { maxAttempts: 1 });
  await makeFunction(client);
  const create = (name: string) =>
    client.send(
      new sdk.CreateEventSourceMappingCommand({
        FunctionName: 'hello',
        EventSourceArn: `${STREAM}-${name}`,
        StartingPosition: 'LATEST',
      }),
    );
  const doomed = await create('doomed');
  const made: string[] = [];
  // Killed in the midst of this: what has no answer may be there or not.
  const creating = Array.from({ length: 40 }, async (_, index) => {
    const { UUID } = await create(String(index));
    made.push(UUID ?? '');
    if (index === 20) await server.process.kill();
  });
  await client.send(new sdk.DeleteEventSourceMappingCommand({ UUID: doomed.UUID }));
  const outcomes = await Promise.allSettled(creating);
  assert.ok(made.length > 0, JSON.stringify(outcomes[0]));

  const next = lambdaClient(cleanUp, await serve(cleanUp, { dataDir, args: ARGS }));
  for (const UUID of made) {
    await inState('Enabled', () => next.send(new sdk.GetEventSourceMappingCommand({ UUID })));
  }
  await assert.rejects(async () => {
    for (;;) await next.send(new sdk.GetEventSourceMappingCommand({ UUID: doomed.UUID }));
  }, sdk.ResourceNotFoundException);
});

async function makeFunction(client: LambdaClient): Promise<void> {
  const { CreateFunctionCommand } = lambdaSdk();
  await client.send(
    new CreateFunctionCommand({
      FunctionName: 'hello',
      Role: ROLE,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: await zipOf({ 'index.js': 'exports.handler = async () => 1;' }) },
    }),
  );
  await settled(client, 'hello');
}

/** Looks until the mapping is in this state. The test's own limit ends it. */
async function inState<Found extends { State?: string | undefined }>(
  state: string,
  look: () => Promise<Found>,
): Promise<Found> {
  for (;;) {
    const found = await look();
    if (found.State === state) return found;
    await sleep(20);
  }
}
