// Whatever a client sends to an operation, in whatever combination: the answer is a success or one of AWS's refusals, and
// never an internal error. Requests are made at random from the API's model, out of values that are good, odd and bad.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { generator } from '../../lib/testing/random.ts';
import { type Member, readModel, type Shape } from '../../wire/schema.ts';
import { noteNothing } from '../../wire/testing/seen-answers.ts';
import { zipOf } from '../testing/zips.ts';
import { lambdaHandlers } from './lambda-handlers.ts';
import type { Lambda } from './operation.ts';
import { signing } from './testing/changes.ts';
import { nodeFunction, serveLambda } from './testing/lambda-client.ts';

noteNothing();

const sdk = createRequire(import.meta.url)('@aws-sdk/client-lambda') as Lambda;
const { operations, errors } = readModel(sdk);
const LARN = 'arn:aws:lambda:eu-west-1:123456789012';
const zip = await zipOf({ 'index.js': 'exports.handler = async () => 1;' });

const SEEDS = [1, 2];
const REQUESTS = 25;
/** Not in the model, and AWS's all the same; the last is our own word for what is not there yet. */
const UNMODELLED = [
  'ValidationException',
  'SerializationException',
  'AccessDeniedException',
  'RequestEntityTooLargeException',
  'NotImplemented',
];
/** Refusals that a client's request is not to blame for. */
const OURS = ['ServiceException', 'TooManyRequestsException'];

const TEXTS = [
  ...['', ' ', 'a', 'hello', 'live', 'layer', '1', '2', '0', '-1', '1e3', '$LATEST', '$latest', '$LATEST.PUBLISHED'],
  ...['__proto__', 'constructor', 'toString', 'null', '../../etc/passwd', '%2e%2e', 'a/b', 'a?b=c', 'a#b', 'a b'],
  ...['é', '\u{1f600}', '\u0000', '\n', '"', '\\', '{}', '[]', '{"Version":"2012-10-17","Statement":[]}'],
  ...['a'.repeat(64), 'a'.repeat(65), 'a'.repeat(140), 'a'.repeat(257), 'a'.repeat(3_000)],
  ...['function:hello', '123456789012:function:hello', `${LARN}:function:hello`, `${LARN}:function:hello:1`],
  ...[`${LARN}:function:unknown`, `${LARN}:layer:layer`, `${LARN}:layer:layer:1`, `${LARN}:layer:layer:0`],
  ...['arn:aws:lambda:us-east-1:123456789012:function:hello', 'arn:aws:lambda:eu-west-1:999999999999:function:hello'],
  ...['arn:aws:iam::123456789012:role/r', 'arn:aws:sqs:eu-west-1:123456789012:queue', 'arn:aws:s3:::bucket', 'arn:'],
  ...['nodejs22.x', 'python3.13', 'java8', 'index.handler', 'Zip', 'Image', 'x86_64', 'arm64', 'Active', 'PassThrough'],
  ...['JSON', 'Text', 'DEBUG', 'PublishedVersions', 'None', 'ALL', 'Auto', 'Manual', 'FunctionUpdate', 'Allow'],
  ...['Warn', 'Enforce', 'NONE', 'AWS_IAM', 'BUFFERED', 'RESPONSE_STREAM', '*', 's3.amazonaws.com', '123456789012'],
  ...[
    'lambda:InvokeFunction',
    'lambda:*',
    'lambda:GetLayerVersion',
    'o-1234567890',
    '00000000-0000-4000-8000-000000000000',
  ],
];
const NUMBERS = [0, 1, 2, 3, -1, 50, 51, 100, 128, 512, 900, 1_000, 10_240, 10_241, 2 ** 31, 1.5];

for (const seed of SEEDS) {
  test(`any request is answered as AWS would (seed ${seed})`, async (t) => {
    const { lambda, idle } = await serveLambda(t);
    const random = generator(seed);
    const { CodeSigningConfig } = await lambda.createCodeSigningConfig(signing('one'));
    const texts = [...TEXTS, CodeSigningConfig?.CodeSigningConfigArn ?? ''];
    const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T; // SAFE: no list is empty.

    const value = (shape: Shape, depth: number): unknown => {
      switch (shape.kind) {
        case 'string':
          return one(texts);
        case 'number':
          return one(NUMBERS);
        case 'boolean':
          return random() < 0.5;
        case 'blob':
          return one([zip, Buffer.alloc(0), Buffer.from('not a zip'), zip.subarray(0, 40)]);
        case 'timestamp':
          return new Date(Math.floor(random() * 2e12));
        case 'list':
          return Array.from({ length: Math.floor(random() * 4) }, () => value(shape.element.shape, depth + 1));
        case 'map':
          return Object.fromEntries(
            Array.from({ length: Math.floor(random() * 4) }, () => [one(texts), value(shape.value.shape, depth + 1)]),
          );
        case 'structure':
        case 'union':
          return depth > 4 ? {} : members(shape.members, depth);
        default:
          return undefined;
      }
    };
    const members = (list: readonly Member[], depth: number) =>
      Object.fromEntries(
        list
          // What is required is mostly there, and what is not is mostly left out: most requests get past the first look.
          .filter(({ required, traits }) => traits.httpLabel === 1 || random() < (required ? 0.95 : 0.25))
          .map(({ name, shape, traits }) => {
            if (name === 'FunctionName' && random() < 0.6) return [name, 'hello'];
            if (name === 'LayerName' && random() < 0.6) return [name, 'layer'];
            const given = value(shape, depth + 1);
            // The client refuses to send an empty part of a path.
            return [name, traits.httpLabel === 1 && given === '' ? 'hello' : given];
          }),
      );

    // SAFE: handlers are listed, and none is called.
    const names = Object.keys(lambdaHandlers({} as never, {} as never));
    const outcomes = new Map<string, number>();
    for (let count = 0; count < REQUESTS; count += 1) {
      await lambda.createFunction({ ...(await nodeFunction('hello', zip)), Publish: true }).catch(ignoreExisting);
      await idle();
      await lambda.createAlias({ FunctionName: 'hello', Name: 'live', FunctionVersion: '1' }).catch(ignoreExisting);
      await lambda.publishLayerVersion({ LayerName: 'layer', Content: { ZipFile: zip } });
      for (const name of names) {
        const operation = operations.get(name);
        const input = members(operation?.input?.members ?? [], 0);
        const Command = (sdk as unknown as Record<string, new (input: object) => never>)[`${name}Command`];
        assert.ok(Command, name);
        const error = await (lambda.send(new Command(input)) as Promise<unknown>).then(
          () => undefined,
          (error: Error & { $metadata?: { httpStatusCode?: number } }) => error,
        );
        const outcome = error?.name ?? 'success';
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        if (error === undefined) continue;
        const told = `${name} ${JSON.stringify(input).slice(0, 500)}: ${error.name} ${error.message}`;
        assert.ok(error.$metadata?.httpStatusCode !== undefined, told);
        assert.ok(!OURS.includes(error.name), told);
        assert.ok(errors.has(error.name) || UNMODELLED.includes(error.name), told);
      }
    }
    // Most of it must not just be refused at the door.
    assert.ok((outcomes.get('success') ?? 0) > REQUESTS * names.length * 0.1, JSON.stringify([...outcomes]));
  });
}

/** It is there already, from an earlier round. */
function ignoreExisting(error: Error): void {
  assert.ok(['ResourceConflictException', 'ResourceNotFoundException'].includes(error.name), error.message);
}
