import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { readModel } from '../../../wire/schema.ts';
import { assertPathsLead } from '../../../wire/testing/constraint-paths.ts';
import { LAMBDA_CONSTRAINTS } from './lambda-constraints.ts';

const client = createRequire(import.meta.url)('@aws-sdk/client-lambda');

/** They answer before anything is read, or have doors of their own. */
const WITHOUT = /Durable|CapacityProvider|ScalingConfig|^Invoke/;

test('every operation that takes something has constraints', () => {
  const expected = [...readModel(client).operations.values()]
    .filter(({ name, input }) => !WITHOUT.test(name) && (input?.members ?? []).length > 0)
    .map(({ name }) => name);
  assert.deepEqual(Object.keys(LAMBDA_CONSTRAINTS).sort(), expected.sort());
});

test('every path leads to a member of the operation, and its constraints fit it', () =>
  assertPathsLead(LAMBDA_CONSTRAINTS, client));
