// Every operation that takes a FunctionName takes it in every form, and refuses what is no name, is elsewhere or missing
// in AWS's words (lambda-facts 2). One table of operations, one server, the official client.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { services } from '../scripts/operations/api.ts';
import { readModel } from '../src/wire/schema.ts';
import { zipOf } from './deploy.ts';
import { cleanUpOf, type LambdaClient, lambdaClient, lambdaSdk, ROLE, sender, serve, settled } from './server.ts';

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function';
const NOT_FOUND = 'ResourceNotFoundException';
const INVALID = 'InvalidParameterValueException';

const FORMS: Readonly<Record<string, (name: string) => string>> = {
  name: (name) => name,
  'function:name': (name) => `function:${name}`,
  'account:function:name': (name) => `000000000000:function:${name}`,
  'region:account:function:name': (name) => `us-east-1:000000000000:function:${name}`,
  ARN: (name) => `${ARN}:${name}`,
};

/** With a qualifier behind it, too; these are names in no form. */
const MALFORMED = [
  'my-function!',
  '*',
  'hello:1:2',
  'hello:$LATES',
  'invalid-account:function:hello',
  'arn:aws:lambda::000000000000:function:hello',
  'arn:aws:lambda:us-east-1::function:hello',
  'arn:aws:ec2:us-east-1:000000000000:instance:i-1234567890abcdef0',
];

const FUNCTIONS_ONLY =
  'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.';

/** What becomes of a qualifier in the name. */
type Qualified =
  /** It is meant: the ARN in the answer has it, and where there is no such version, that is told. */
  | { kind: 'meant' }
  /** An alias is meant, and a version is none. */
  | { kind: 'alias' }
  /** `$LATEST` is taken, and no other. */
  | { kind: 'latest' }
  | { kind: 'refused'; name: string; message: RegExp }
  /** As long as AWS's answer is not known, it changes nothing. */
  | { kind: 'without-effect' };

interface Row {
  readonly operation: string;
  /** What else it needs, the same for each call, or new for each. */
  readonly input?: object | ((unique: number) => object);
  /** Which function it is called for; by default `hello`, which has version 1 and its alias `live`. */
  readonly function?: (unique: number) => string;
  /** What has to be so before a call succeeds. */
  readonly prepare?: (send: Send, name: string) => Promise<unknown>;
  /** The message about a function that is not there, with its code where that is another one than usual. */
  readonly missing?: string | { name: string; message: string };
  readonly qualified?: Qualified;
}

type Answer = Record<string, unknown> & { readonly $metadata: { readonly httpStatusCode?: number } };
type Send = (operation: string, input: object) => Promise<Answer>;

const missing = `Function not found: ${ARN}:missing`;
const meant = { kind: 'meant' } as const;
const functionsOnly = { kind: 'refused', name: INVALID, message: new RegExp(`^${FUNCTIONS_ONLY}$`) } as const;
const withoutEffect = { kind: 'without-effect' } as const;
const noSuchPattern = { kind: 'refused', name: 'ValidationException', message: /expression pattern/ } as const;
const STREAM = 'arn:aws:kinesis:us-east-1:000000000000:stream/s';
const config = 'arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-0123456789abcdef0';
const zip = await zipOf({ 'index.js': 'exports.handler = async () => 1;' });
const newFunction = { Runtime: 'nodejs24.x', Handler: 'index.handler', Role: ROLE, Code: { ZipFile: zip } };
const provisioned = { Qualifier: '1', ProvisionedConcurrentExecutions: 1 };

/** A function has one URL, and may have it already. */
const ensureUrl: Row['prepare'] = (send, FunctionName) =>
  send('CreateFunctionUrlConfig', { FunctionName, AuthType: 'NONE' }).catch((error: Error) =>
    assert.equal(error.name, 'ResourceConflictException'),
  );

/** The id of one that there is. */
let mapping = '';

const ROWS: readonly Row[] = [
  {
    operation: 'CreateFunction',
    input: newFunction,
    function: (unique) => `new-${unique}`,
    qualified: { kind: 'latest' },
  },
  { operation: 'GetFunction', missing, qualified: meant },
  { operation: 'GetFunctionConfiguration', missing, qualified: meant },
  {
    operation: 'UpdateFunctionConfiguration',
    input: { Description: 'other' },
    missing,
    qualified: { kind: 'latest' },
  },
  { operation: 'UpdateFunctionCode', input: { ZipFile: zip }, missing, qualified: { kind: 'latest' } },
  { operation: 'PublishVersion', missing, qualified: { kind: 'latest' } },
  { operation: 'ListVersionsByFunction', missing, qualified: withoutEffect },
  {
    operation: 'CreateAlias',
    input: (unique) => ({ Name: `alias-${unique}`, FunctionVersion: '1' }),
    missing: `${missing}:1`,
    qualified: { kind: 'latest' },
  },
  {
    operation: 'GetAlias',
    input: { Name: 'live' },
    missing: `Cannot find alias arn: ${ARN}:missing:live`,
    qualified: withoutEffect,
  },
  {
    operation: 'UpdateAlias',
    input: { Name: 'live', Description: 'other' },
    missing: `Alias not found: ${ARN}:missing:live`,
    qualified: { kind: 'latest' },
  },
  { operation: 'ListAliases', missing, qualified: withoutEffect },
  { operation: 'DeleteAlias', input: { Name: 'gone' }, missing, qualified: { kind: 'latest' } },
  {
    operation: 'AddPermission',
    input: (unique) => ({ StatementId: `s${unique}`, Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com' }),
    missing,
    qualified: meant,
  },
  {
    operation: 'RemovePermission',
    input: { StatementId: 'again' },
    prepare: (send, FunctionName) =>
      send('AddPermission', {
        FunctionName,
        StatementId: 'again',
        Action: 'lambda:InvokeFunction',
        Principal: 's3.amazonaws.com',
      }),
    missing: `No policy found for: ${ARN}:missing`,
    qualified: meant,
  },
  { operation: 'GetPolicy', missing: 'The resource you requested does not exist.', qualified: meant },
  {
    operation: 'PutFunctionConcurrency',
    input: { ReservedConcurrentExecutions: 3 },
    missing: `${missing}:$LATEST`,
    qualified: functionsOnly,
  },
  { operation: 'GetFunctionConcurrency', missing, qualified: functionsOnly },
  { operation: 'DeleteFunctionConcurrency', missing, qualified: functionsOnly },
  { operation: 'PutProvisionedConcurrencyConfig', input: provisioned, missing: `${missing}:1`, qualified: meant },
  {
    operation: 'GetProvisionedConcurrencyConfig',
    input: { Qualifier: '1' },
    missing: `${missing}:1`,
    qualified: meant,
  },
  { operation: 'ListProvisionedConcurrencyConfigs', missing, qualified: withoutEffect },
  {
    operation: 'DeleteProvisionedConcurrencyConfig',
    input: { Qualifier: '1' },
    prepare: (send, FunctionName) => send('PutProvisionedConcurrencyConfig', { FunctionName, ...provisioned }),
    missing: `${missing}:1`,
    qualified: meant,
  },
  {
    operation: 'PutFunctionCodeSigningConfig',
    input: { CodeSigningConfigArn: config }, // It is missing, and that is told before a missing function.
    qualified: functionsOnly,
  },
  { operation: 'GetFunctionCodeSigningConfig', missing, qualified: functionsOnly },
  { operation: 'DeleteFunctionCodeSigningConfig', missing, qualified: functionsOnly },
  { operation: 'PutFunctionRecursionConfig', input: { RecursiveLoop: 'Allow' }, missing, qualified: noSuchPattern },
  { operation: 'GetFunctionRecursionConfig', missing, qualified: noSuchPattern },
  {
    operation: 'PutFunctionEventInvokeConfig',
    input: { MaximumRetryAttempts: 1 },
    missing: "The function doesn't exist.",
    qualified: meant,
  },
  {
    operation: 'UpdateFunctionEventInvokeConfig',
    input: { MaximumRetryAttempts: 0 },
    missing: "The function doesn't exist.",
    qualified: meant,
  },
  {
    operation: 'GetFunctionEventInvokeConfig',
    missing: `The function ${ARN}:missing:$LATEST doesn't have an EventInvokeConfig`,
    qualified: meant,
  },
  {
    operation: 'ListFunctionEventInvokeConfigs',
    missing: "The function doesn't exist.",
    qualified: withoutEffect,
  },
  {
    operation: 'DeleteFunctionEventInvokeConfig',
    prepare: (send, FunctionName) => send('PutFunctionEventInvokeConfig', { FunctionName, MaximumRetryAttempts: 1 }),
    missing: `The function ${ARN}:missing:$LATEST doesn't have an EventInvokeConfig`,
    qualified: meant,
  },
  { operation: 'PutRuntimeManagementConfig', input: { UpdateRuntimeOn: 'Auto' }, missing, qualified: meant },
  { operation: 'GetRuntimeManagementConfig', missing, qualified: meant },
  { operation: 'Invoke', input: { InvocationType: 'DryRun' }, missing: `${missing}:$LATEST`, qualified: meant },
  { operation: 'InvokeAsync', input: { InvokeArgs: '{}' }, missing: `${missing}:$LATEST` },
  {
    operation: 'InvokeWithResponseStream',
    input: { InvocationType: 'DryRun' },
    missing: `${missing}:$LATEST`,
    qualified: meant,
  },
  {
    operation: 'CreateFunctionUrlConfig',
    input: { AuthType: 'NONE' },
    function: (unique) => `url-${unique}`,
    prepare: (send, FunctionName) => send('CreateFunction', { FunctionName, ...newFunction }),
    missing: 'Function does not exist',
    qualified: { kind: 'alias' },
  },
  {
    operation: 'UpdateFunctionUrlConfig',
    input: { AuthType: 'NONE' },
    prepare: ensureUrl,
    missing: 'Function does not exist',
    qualified: { kind: 'alias' },
  },
  {
    operation: 'GetFunctionUrlConfig',
    missing: 'The resource you requested does not exist.',
    qualified: { kind: 'alias' },
  },
  { operation: 'ListFunctionUrlConfigs', missing: 'Function does not exist' },
  {
    operation: 'DeleteFunctionUrlConfig',
    prepare: ensureUrl,
    missing: 'The resource you requested does not exist.',
    qualified: { kind: 'alias' },
  },
  {
    operation: 'CreateEventSourceMapping',
    input: (unique) => ({ EventSourceArn: `${STREAM}-${unique}`, StartingPosition: 'LATEST' }),
    missing: { name: INVALID, message: 'Function does not exist' },
  },
  {
    operation: 'UpdateEventSourceMapping',
    input: () => ({ UUID: mapping, BatchSize: 1 }),
    prepare: async (send) => {
      while (/ing$/.test(String((await send('GetEventSourceMapping', { UUID: mapping })).State))) await sleep(20);
    },
  },
  { operation: 'ListEventSourceMappings' },
  {
    operation: 'DeleteFunction',
    function: (unique) => `doomed-${unique}`,
    prepare: (send, FunctionName) => send('CreateFunction', { FunctionName, ...newFunction }),
    missing,
    qualified: meant,
  },
];

describe('a function’s name', () => {
  let client: LambdaClient;
  let send: Send;
  let unique = 0;
  const cleanUp = cleanUpOf({ after });

  const inputOf = ({ input = {} }: Row) => (typeof input === 'function' ? input(unique) : input);
  const call = (row: Row, FunctionName: string) => send(row.operation, { ...inputOf(row), FunctionName });
  const refusal = async (row: Row, FunctionName: string) => {
    const error = await call(row, FunctionName).then(
      () => assert.fail(`${row.operation} takes ${FunctionName}`),
      (error: Error) => error,
    );
    return { name: error.name, message: error.message };
  };

  before(async () => {
    client = lambdaClient(cleanUp, await serve(cleanUp), { maxAttempts: 1 });
    send = sender(client);
    const FunctionName = 'hello';
    await send('CreateFunction', { FunctionName, ...newFunction });
    await settled(client, FunctionName);
    await send('PublishVersion', { FunctionName });
    await send('CreateAlias', { FunctionName, Name: 'live', FunctionVersion: '1' });
    const source = { EventSourceArn: STREAM, StartingPosition: 'LATEST' };
    mapping = String((await send('CreateEventSourceMapping', { FunctionName, ...source })).UUID);
  });

  for (const row of ROWS) {
    const { operation } = row;

    test(`${operation} takes every form of it`, async () => {
      if (operation === 'PutFunctionCodeSigningConfig') {
        // That the configuration is missing shows that the name was taken.
        for (const form of Object.values(FORMS)) {
          assert.equal((await refusal(row, form('hello'))).name, 'CodeSigningConfigNotFoundException');
        }
        return;
      }
      for (const [kind, form] of Object.entries(FORMS)) {
        unique += 1;
        const name = row.function?.(unique) ?? 'hello';
        await row.prepare?.(send, name);
        if (row.function === undefined) await settled(client, name);
        const answer = await call(row, form(name));
        const told = answer.FunctionArn ?? answer.AliasArn;
        if (typeof told === 'string') assert.ok(`${told}:`.startsWith(`${ARN}:${name}:`), `${kind}: ${told}`);
      }
    });

    test(`${operation} tells what is no name, and where it is not`, async () => {
      for (const name of MALFORMED) {
        const { name: code, message } = await refusal(row, name);
        assert.deepEqual([code, name], ['ValidationException', name]);
        assert.ok(
          message.startsWith(`1 validation error detected: Value '${name}' at 'functionName' failed to satisfy`),
          message,
        );
      }
      assert.deepEqual(await refusal(row, `${ARN}:hello`.replace('us-east-1', 'eu-west-1')), {
        name: NOT_FOUND,
        message: "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
      });
      const foreign = await refusal(row, `${ARN}:hello`.replace('000000000000', '111111111111'));
      assert.equal(foreign.name, 'AccessDeniedException');
    });

    if (row.missing !== undefined) {
      test(`${operation} says in AWS’s words that a function is not there`, async () => {
        const told = typeof row.missing === 'string' ? { name: NOT_FOUND, message: row.missing } : row.missing;
        for (const form of Object.values(FORMS)) assert.deepEqual(await refusal(row, form('missing')), told);
      });
    }

    const { qualified } = row;
    if (qualified === undefined) continue;
    test(`${operation} knows what to do with a qualifier`, async () => {
      switch (qualified.kind) {
        case 'meant':
        case 'alias': {
          // The name and the parameter say the same, or the request contradicts itself.
          const other = { ...row, input: { ...inputOf(row), Qualifier: 'other' } };
          assert.deepEqual(await refusal(other, `${ARN}:hello:live`), {
            name: INVALID,
            message: 'The derived qualifier from the function name does not match the specified qualifier.',
          });
          if (qualified.kind === 'alias') assert.equal((await refusal(row, 'hello:1')).name, 'ValidationException');
          return;
        }
        case 'latest':
          unique += 1;
          await settled(client, 'hello');
          await call(row, `${row.function?.(unique) ?? 'hello'}:$LATEST`);
          for (const name of ['hello:1', `${ARN}:hello:live`]) {
            assert.deepEqual(await refusal(row, name), { name: INVALID, message: FUNCTIONS_ONLY });
          }
          return;
        case 'refused':
          for (const name of ['hello:1', `${ARN}:hello:live`, 'function:hello:$LATEST']) {
            const { name: code, message } = await refusal(row, name);
            assert.equal(code, qualified.name);
            assert.match(message, qualified.message);
          }
          return;
        case 'without-effect':
          for (const name of ['hello:1', `${ARN}:hello:live`]) {
            unique += 1;
            await call(row, name);
          }
          return;
      }
    });
  }
});

test('every operation that takes a name of a function is in this table', () => {
  const { operations } = readModel(lambdaSdk());
  const lambda = services().find(({ name }) => name === 'lambda');
  const named = lambda?.operations.filter(
    ({ name, works }) => works && operations.get(name)?.input?.members.some((member) => member.name === 'FunctionName'),
  );
  assert.deepEqual(ROWS.map(({ operation }) => operation).sort(), named?.map(({ name }) => name).sort());
});
