// The disk is full: every operation that changes something says so, has changed nothing, and works again afterwards.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { StorageFull } from '../../store/outage.ts';
import type { Records } from '../../store/records.ts';
import { readModel } from '../../wire/schema.ts';
import { lambdaHandlers } from './lambda-handlers.ts';
import type { Lambda } from './operation.ts';
import { CALLS, signing, stateOf } from './testing/changes.ts';
import { functionWithVersions } from './testing/function-with-versions.ts';

const sdk = createRequire(import.meta.url)('@aws-sdk/client-lambda') as Lambda;

test('when the disk is full, every change is refused and not made, and made once there is room again', async (t) => {
  const full = new StorageFull('write to the store', { cause: new Error('ENOSPC') });
  let isFull = false;
  const wrapRecords = (records: Records): Records => ({
    ...records,
    put: (...write) => (isFull ? Promise.reject(full) : records.put(...write)),
    delete: (...write) => (isFull ? Promise.reject(full) : records.delete(...write)),
    [Symbol.asyncDispose]: () => records[Symbol.asyncDispose](),
  });
  const { lambda, idle } = await functionWithVersions(t, { versions: 1, wrapRecords });
  const { CodeSigningConfig } = await lambda.createCodeSigningConfig(signing('one'));
  const config = CodeSigningConfig?.CodeSigningConfigArn ?? '';

  for (const [operation, call] of Object.entries(CALLS)) {
    const before = await stateOf(lambda);
    isFull = true;
    const error = await call(lambda, config).then(
      () => assert.fail(`${operation} was made on a full disk`),
      (error: Error & { $metadata: { httpStatusCode?: number } }) => error,
    );
    assert.deepEqual(
      [operation, error.name, error.message, error.$metadata.httpStatusCode],
      [operation, 'ServiceException', full.message, 500],
    );
    assert.deepEqual(await stateOf(lambda), before, operation);
    isFull = false;
    await call(lambda, config);
    await idle();
    assert.notDeepEqual(await stateOf(lambda), before, `${operation} changes nothing that is looked at`);
  }
});

test('every operation that changes something is in this table', () => {
  // SAFE: handlers are listed, and none is called.
  const handlers = lambdaHandlers({} as never, {} as never);
  const changing = [...readModel(sdk).operations.values()]
    .filter(({ name, http }) => name in handlers && http?.[0] !== 'GET')
    .map(({ name }) => name);
  assert.deepEqual(Object.keys(CALLS).sort(), changing.sort());
});
