import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { memberName } from '../../../wire/constraints.ts';
import { readModel, type Shape } from '../../../wire/schema.ts';
import type { Constraint } from '../../../wire/validation.ts';
import { LAMBDA_CONSTRAINTS } from './lambda-constraints.ts';

const { operations } = readModel(createRequire(import.meta.url)('@aws-sdk/client-lambda'));

/** They answer before anything is read, or have doors of their own. */
const WITHOUT = /Durable|CapacityProvider|ScalingConfig|^Invoke/;

test('every operation that takes something has constraints', () => {
  const expected = [...operations.values()]
    .filter(({ name, input }) => !WITHOUT.test(name) && (input?.members ?? []).length > 0)
    .map(({ name }) => name);
  assert.deepEqual(Object.keys(LAMBDA_CONSTRAINTS).sort(), expected.sort());
});

test('every path leads to a member of the operation, and its constraints fit it', () => {
  for (const [operation, members] of Object.entries(LAMBDA_CONSTRAINTS)) {
    const input = operations.get(operation)?.input;
    for (const [path, constraints] of Object.entries(members ?? {})) {
      const shape = path.split('.').reduce<Shape | undefined>(shapeOf, input);
      assert.ok(shape, `${operation}: ${path}`);
      for (const constraint of constraints) assertFits(constraint, shape, `${operation}: ${path}: ${constraint.kind}`);
    }
  }
});

function shapeOf(shape: Shape | undefined, part: string): Shape | undefined {
  if (part === '*') return shape?.kind === 'list' ? shape.element.shape : undefined;
  if (shape?.kind !== 'structure') return undefined;
  return shape.members.find(({ name }) => name === memberName(part))?.shape;
}

function assertFits(constraint: Constraint, shape: Shape, what: string): void {
  switch (constraint.kind) {
    case 'required':
      return;
    case 'length':
      assert.ok(['string', 'list', 'map', 'blob'].includes(shape.kind), what);
      return;
    case 'range':
      assert.equal(shape.kind, 'number', what);
      return;
    case 'pattern':
      assert.equal(shape.kind, 'string', what);
      return;
    case 'enum':
      assert.equal(shape.kind === 'list' ? shape.element.shape.kind : shape.kind, 'string', what);
      return;
    case 'elements':
      assert.ok(shape.kind === 'list', what);
      for (const inner of constraint.constraints) assertFits(inner, shape.element.shape, what);
      return;
    case 'keys':
      assert.ok(shape.kind === 'map', what);
      for (const inner of constraint.constraints) assertFits(inner, shape.key.shape, what);
      return;
    case 'values':
      assert.ok(shape.kind === 'map', what);
      for (const inner of constraint.constraints) assertFits(inner, shape.value.shape, what);
      return;
  }
}
