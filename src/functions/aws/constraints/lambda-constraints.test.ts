import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { isConstraints, type MemberConstraints, memberName } from '../../../wire/constraints.ts';
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
  for (const [operation, members = {}] of Object.entries(LAMBDA_CONSTRAINTS)) {
    const input = operations.get(operation)?.input;
    if (input !== undefined) assertLeads(members, input, operation);
  }
});

function assertLeads(members: MemberConstraints, structure: Shape, what: string): void {
  for (const [path, inner] of Object.entries(members)) {
    const at = `${what} ${path}`;
    const shape = path.split('.').reduce<Shape | undefined>(shapeOf, structure);
    assert.ok(shape, at);
    if (isConstraints(inner)) for (const constraint of inner) assertFits(constraint, shape, `${at} ${constraint.kind}`);
    else assertLeads(inner, shape, at);
  }
}

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
