import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { type Constraints, defineService, type Operation } from './service.ts';

type Lambda = typeof import('@aws-sdk/client-lambda');
type S3 = typeof import('@aws-sdk/client-s3');
const require = createRequire(import.meta.url);

// These fail in the compiler, not here: `@ts-expect-error` complains when the line below it is accepted.
const invoke: Operation<Lambda, 'Invoke'> = (input) => {
  const payload: Uint8Array | undefined = input.Payload;
  return { StatusCode: 200, ...(payload === undefined ? {} : { Payload: payload }) };
};
const getObject: Operation<S3, 'GetObject'> = () => ({ Body: Readable.from(['x']), ETag: '"x"' });
const putObject: Operation<S3, 'PutObject'> = async (input) => {
  const body: Readable | undefined = input.Body;
  for await (const _ of body ?? []) {
    // Only the type of the body matters.
  }
  return {};
};
// @ts-expect-error StatusCode is a number.
const wrongOutput: Operation<Lambda, 'Invoke'> = () => ({ StatusCode: 'ok' });
// @ts-expect-error There is no such operation.
type NoSuchOperation = Operation<Lambda, 'InvokeTwice'>;
const wrongHandler = () =>
  defineService<Lambda>({
    name: 'lambda',
    signingName: 'lambda',
    protocols: ['restJson1'],
    load: () => require('@aws-sdk/client-lambda'),
    // @ts-expect-error FunctionName is a text.
    handlers: { GetFunctionConfiguration: () => ({ FunctionName: 7 }) },
  });
const wrongConstraints: Constraints<Lambda> = {
  // @ts-expect-error There is no such operation.
  CreateFuncton: {},
};

test('a service is declared with handlers of the client’s own types, and its client stays unloaded', () => {
  let loaded = false;
  const service = defineService<Lambda>({
    name: 'lambda',
    signingName: 'lambda',
    protocols: ['restJson1'],
    load: () => {
      loaded = true;
      return require('@aws-sdk/client-lambda');
    },
    handlers: { Invoke: invoke },
  });
  assert.deepEqual(Object.keys(service.handlers), ['Invoke']);
  assert.equal(loaded, false);
  const unused: NoSuchOperation | undefined = undefined;
  assert.equal([getObject, putObject, wrongOutput, wrongHandler, wrongConstraints, unused].length, 6);
});
