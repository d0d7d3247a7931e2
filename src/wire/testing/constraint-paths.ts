import assert from 'node:assert/strict';
import { isConstraints, isMember, type MemberConstraints } from '../constraints.ts';
import { readModel, type Shape } from '../schema.ts';
import type { ServiceDefinition } from '../service.ts';
import type { Constraint } from '../validation.ts';

/** Every path of a table of constraints must lead to a member of its operation, and the constraints must fit the member. */
export function assertPathsLead(
  constraints: ReturnType<NonNullable<ServiceDefinition['constraints']>>,
  client: object,
) {
  const { operations } = readModel(client);
  for (const [operation, members = {}] of Object.entries(constraints)) {
    const input = operations.get(operation)?.input;
    assert.ok(input, `${operation} takes nothing`);
    assertLead(members, input, operation);
  }
}

function assertLead(members: MemberConstraints, structure: Shape, what: string): void {
  for (const [path, inner] of Object.entries(members)) {
    const at = `${what} ${path}`;
    const shape = path.split('.').reduce<Shape | undefined>(shapeOf, structure);
    assert.ok(shape, at);
    if (isConstraints(inner)) for (const constraint of inner) assertFits(constraint, shape, `${at} ${constraint.kind}`);
    else assertLead(inner, shape, at);
  }
}

function shapeOf(shape: Shape | undefined, part: string): Shape | undefined {
  if (part === '*') return shape?.kind === 'list' ? shape.element.shape : undefined;
  if (shape?.kind !== 'structure') return undefined;
  return shape.members.find(({ name }) => isMember(name, part))?.shape;
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
      assert.ok(['string', 'number'].includes(shape.kind === 'list' ? shape.element.shape.kind : shape.kind), what);
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
