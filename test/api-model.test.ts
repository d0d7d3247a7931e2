// What Lambent checks of every request, beside AWS's own models of its APIs.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { LAMBDA_CONSTRAINTS } from '../src/functions/aws/constraints/lambda-constraints.ts';
import { IAM_CONSTRAINTS } from '../src/services/iam/aws/constraints.ts';
import { LOGS_CONSTRAINTS } from '../src/services/logs/aws/constraints.ts';
import { SCHEDULER_CONSTRAINTS } from '../src/services/scheduler/aws/constraints.ts';
import { ASSUME_ROLE_CONSTRAINTS } from '../src/services/sts/aws/assume-role.ts';
import { isConstraints, isMember, type MemberConstraints } from '../src/wire/constraints.ts';
import { readModel, type Shape } from '../src/wire/schema.ts';
import type { Constraint } from '../src/wire/validation.ts';
import { apiModels, type BotocoreModel, type BotocoreShape } from './botocore.ts';

const require = createRequire(import.meta.url);

/** Operations that answer before anything is read, or that have doors of their own. */
const WITHOUT_TABLE = /Durable|CapacityProvider|ScalingConfig|^Invoke/;

/** Where AWS does otherwise than its model: by what it documents, or by what was recorded (numbers: lambda-facts). */
const DIFFERENCES: readonly { at: RegExp; because: string }[] = [
  { at: /^(Create|Update)\w+ runtime$/, because: 'an unknown runtime is an InvalidParameterValueException (3.5)' },
  { at: /^\w+ timeout$/, because: 'AWS documents 900; 5,400 is for managed instances' },
  { at: /^\w+ ephemeralStorage\.size$/, because: 'AWS documents 10,240; 32,768 is for accelerators' },
  { at: /^\w+ (layers|arn)$/, because: 'the pattern was recorded without its outermost parentheses (14)' },
  {
    at: /^PublishLayerVersion compatibleRuntimes$/,
    because: 'the text, and what is taken beside it, were recorded (14)',
  },
  { at: /^ListLayer\w+ compatibleRuntime$/, because: 'the text, and what is taken beside it, were recorded (14)' },
  { at: /^\w+ resource$/, because: 'the recorded pattern names layers (15.1)' },
  {
    at: /^PutFunctionConcurrency reservedConcurrentExecutions$/,
    because: 'the function is looked for first, so the handler checks the value (10.1)',
  },
];

const models = await apiModels();
if ('leftOut' in models) {
  test('constraints are compared where AWS’s models are', (t) => t.diagnostic(`left out: ${models.leftOut}`));
} else {
  test('Lambda’s constraints are those of AWS’s API model, but for differences that have a reason', () => {
    const client = require('@aws-sdk/client-lambda');
    check(models.lambda, client, LAMBDA_CONSTRAINTS, { but: WITHOUT_TABLE, differences: DIFFERENCES });
  });

  test('IAM’s constraints are those of AWS’s API model', () =>
    check(models.iam, require('@aws-sdk/client-iam'), IAM_CONSTRAINTS));

  test('CloudWatch Logs’ constraints are those of AWS’s API model, but for the days of retention', () => {
    const differences = [{ at: /^PutRetentionPolicy retentionInDays$/, because: 'the API reference lists the days' }];
    check(models.logs, require('@aws-sdk/client-cloudwatch-logs'), LOGS_CONSTRAINTS, { differences });
  });

  test('EventBridge Scheduler’s constraints are those of AWS’s API model, but for targets that are refused as a whole', () => {
    const differences = [
      {
        at: /^\w+Schedule target\.(ecs|kinesis|sageMakerPipeline|eventBridgePut\w+)Parameters/,
        because: 'they come with such targets',
      },
    ];
    check(models.scheduler, require('@aws-sdk/client-scheduler'), SCHEDULER_CONSTRAINTS, { differences });
  });

  test('STS’s constraints are those of AWS’s API model', () =>
    check(models.sts, require('@aws-sdk/client-sts'), ASSUME_ROLE_CONSTRAINTS));
}

type Table = Readonly<Record<string, MemberConstraints | undefined>>;

function check(
  model: BotocoreModel,
  client: object,
  table: Table,
  { but, differences = [] }: { but?: RegExp; differences?: typeof DIFFERENCES } = {},
): void {
  const ours = ourConstraints(table);
  // Of a service that is there in part, only the operations that are there.
  const isMeant = (operation: string) => (but === undefined ? operation in table : !but.test(operation));
  const theirs = modelConstraints(model, client, isMeant);
  const differing = [...new Set([...ours.keys(), ...theirs.keys()])].filter((at) => ours.get(at) !== theirs.get(at));
  const unexplained = differing.filter((at) => !differences.some((difference) => difference.at.test(at)));
  assert.deepEqual(
    unexplained.map((at) => ({ at, ours: ours.get(at), theirs: theirs.get(at) })),
    [],
  );
  const needless = differences.filter(({ at }) => !differing.some((place) => at.test(place)));
  assert.deepEqual(needless, []);
}

/** By operation and path, in the words of the model. */
function ourConstraints(table: Table): Map<string, string> {
  const found = new Map<string, string>();
  for (const [operation, members = {}] of Object.entries(table)) visit(members, `${operation} `);
  return found;

  function visit(members: MemberConstraints, before: string): void {
    for (const [path, inner] of Object.entries(members)) {
      if (isConstraints(inner)) found.set(before + path, worded(inner.flatMap(wordsOf)));
      else visit(inner, `${before}${path}.`);
    }
  }
}

function wordsOf(constraint: Constraint): string[] {
  switch (constraint.kind) {
    case 'required':
      return ['required'];
    case 'length':
      return [`length ${constraint.min}..${constraint.max}`];
    case 'range':
      return [`value ${constraint.min}..${constraint.max}`];
    case 'pattern':
      return [`pattern ${constraint.pattern}`];
    case 'enum':
      return [`enum ${[...constraint.taken].sort()}`];
    default:
      return [`${constraint.kind} (${worded(constraint.constraints.flatMap(wordsOf))})`];
  }
}

/** The same of the model, of members that the SDK's schemas have: others cannot be read yet. */
function modelConstraints(
  { operations, shapes }: BotocoreModel,
  client: object,
  isMeant: (operation: string) => boolean,
): Map<string, string> {
  const found = new Map<string, string>();
  const sdk = readModel(client).operations;
  for (const [operation, { input }] of Object.entries(operations)) {
    const schema = sdk.get(operation)?.input;
    if (input !== undefined && schema !== undefined && isMeant(operation)) {
      visit(operation, [], shapeOf(input.shape), schema);
    }
  }
  return found;

  function visit(operation: string, path: readonly string[], structure: BotocoreShape, schema: Shape): void {
    for (const [name, { shape: shapeName }] of Object.entries(structure.members ?? {})) {
      const part = name.charAt(0).toLowerCase() + name.slice(1);
      const known = memberOf(schema, part);
      if (known === undefined) continue;
      const shape = shapeOf(shapeName);
      const at = [...path, part];
      const words = [...(structure.required?.includes(name) ? ['required'] : []), ...modelWords(shape)];
      if (words.length > 0) found.set(`${operation} ${at.join('.')}`, worded(words));
      const element = shape.member === undefined ? undefined : shapeOf(shape.member.shape);
      if (shape.type === 'structure') visit(operation, at, shape, known);
      if (element?.type === 'structure' && known.kind === 'list') {
        visit(operation, [...at, '*'], element, known.element.shape);
      }
    }
  }

  function modelWords(shape: BotocoreShape): string[] {
    const { type, min, max, pattern, key, value, member } = shape;
    const isNumber = ['integer', 'long', 'double'].includes(type);
    const limits = [min ?? (isNumber ? Number.NEGATIVE_INFINITY : 0), max ?? Number.POSITIVE_INFINITY].join('..');
    const inner = (kind: string, of: { shape: string } | undefined) => {
      const words = of === undefined ? [] : modelWords(shapeOf(of.shape));
      return words.length === 0 ? [] : [`${kind} (${worded(words)})`];
    };
    return [
      ...(min === undefined && max === undefined ? [] : [`${isNumber ? 'value' : 'length'} ${limits}`]),
      ...(pattern === undefined ? [] : [`pattern ${pattern}`]),
      ...(shape.enum === undefined ? [] : [`enum ${[...shape.enum].sort()}`]),
      ...inner('elements', member),
      ...inner('keys', key),
      ...inner('values', value),
    ];
  }

  function shapeOf(name: string): BotocoreShape {
    const shape = shapes[name];
    assert.ok(shape, `the model has no shape ${name}`);
    return shape;
  }
}

function memberOf(schema: Shape, part: string): Shape | undefined {
  if (schema.kind !== 'structure') return undefined;
  return schema.members.find(({ name }) => isMember(name, part))?.shape;
}

const worded = (words: readonly string[]) => words.join(', ');
