// The words in which recorded answers are told: AWS's texts with their blanks, what every function shows, and what a
// section of cases needs to be there.
import assert from 'node:assert/strict';
import { zipOf } from '../deploy.ts';
import { ROLE } from '../server.ts';
import type { Answer, Case, Refusal } from './case.ts';

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';
export const LARN = `arn:aws:lambda:${REGION}:${ACCOUNT}`;
export const FARN = `${LARN}:function`;
export const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:queue`;
export const STREAM = `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/s`;
export const TABLE = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/t/stream/2024-01-01T00:00:00.000`;
export const UUID = /^[0-9a-f-]{36}$/;
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/;
export const any = undefined;

export const NAME_TO_CHANGE =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?';
export const NAME_TO_READ =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?';
export const QUALIFIER = '\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+';

export const zip = await zipOf({ 'index.js': 'exports.handler = async () => 1;' });
export const otherZip = await zipOf({ 'index.js': 'exports.handler = async () => 2;' });
export const code = { Runtime: 'nodejs24.x', Handler: 'index.handler', Role: ROLE, Code: { ZipFile: zip } };
export const layerContent = { Content: { ZipFile: zip } };
export const long = (count: number) => 'a'.repeat(count);

export const refusal = (
  status: number,
  name: string,
  message: Refusal['message'],
  rest: { untyped?: true } = {},
): Refusal => ({
  status,
  code: name,
  message,
  ...rest,
});
export const invalid = (message: string | RegExp) => refusal(400, 'InvalidParameterValueException', message);
export const invalidUntyped = (message: string) =>
  refusal(400, 'InvalidParameterValueException', message, { untyped: true });
export const missing = (message: string) => refusal(404, 'ResourceNotFoundException', message);
export const conflict = (message: string) => refusal(409, 'ResourceConflictException', message);
export const stale = (call: string) =>
  refusal(
    412,
    'PreconditionFailedException',
    `The Revision Id provided does not match the latest Revision Id. Call the ${call} API to retrieve the latest Revision Id`,
  );
/** Each constraint as `value at 'member'` and what the member must be. */
export const broken = (...constraints: readonly (readonly [value: string, member: string, must: string])[]) => {
  const texts = constraints.map(
    ([value, member, must]) => `Value ${value} at '${member}' failed to satisfy constraint: Member must ${must}`,
  );
  const count = texts.length === 1 ? '1 validation error' : `${texts.length} validation errors`;
  return refusal(400, 'ValidationException', `${count} detected: ${texts.join('; ')}`, { untyped: true });
};
export const pattern = (value: string, member: string, expression: string) =>
  [`'${value}'`, member, `satisfy regular expression pattern: ${expression}`] as const;

/** What a function's configuration shows when it was created with nothing but `code`. */
export const DEFAULTS = {
  Runtime: 'nodejs24.x',
  Role: ROLE,
  Handler: 'index.handler',
  CodeSize: zip.length,
  Description: '',
  Timeout: 3,
  MemorySize: 128,
  LastModified: TIME,
  CodeSha256: any,
  TracingConfig: { Mode: 'PassThrough' },
  RevisionId: UUID,
  PackageType: 'Zip',
  Architectures: [process.arch === 'arm64' ? 'arm64' : 'x86_64'],
  EphemeralStorage: { Size: 512 },
  SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
};
export const RUNTIME_VERSION = {
  RuntimeVersionConfig: { RuntimeVersionArn: /^arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/ },
};
const LOGGING = (name: string) => ({ LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${name}` } });
export const PENDING = { State: 'Pending', StateReason: 'The function is being created.', StateReasonCode: 'Creating' };
export const ACTIVE = { State: 'Active', LastUpdateStatus: 'Successful' };
export const UPDATING = {
  State: 'Active',
  LastUpdateStatus: 'InProgress',
  LastUpdateStatusReason: 'The function is being created.',
  LastUpdateStatusReasonCode: 'Creating',
};
export const named = (name: string, version = '$LATEST', qualifier = '') => ({
  FunctionName: name,
  FunctionArn: `${FARN}:${name}${qualifier && `:${qualifier}`}`,
  Version: version,
  ...LOGGING(name),
});

/** Not as recorded: AWS shows it for streams only, and says "No records processed"; here nothing is polled yet. */
export const NOT_POLLED = { LastProcessingResult: /^PROBLEM: Lambent does not poll / };

export type Send = (operation: string, input?: object) => Promise<Answer>;

/** Cases, in their order; `settle` waits until a function is neither created nor updated. */
export interface Section {
  readonly title: string;
  readonly given?: (send: Send, settle: (name: string) => Promise<void>) => Promise<unknown>;
  /** Functions to wait for after each case. */
  readonly settles?: string;
  readonly cases: readonly Case[];
}

export const create =
  (name: string, more: object = {}): Section['given'] =>
  async (send, settle) => {
    const { status, body } = await send('CreateFunction', { FunctionName: name, ...code, ...more });
    assert.equal(status, 201, body);
    await settle(name);
  };

/** With versions 1 and 2, and the alias `live` of version 1. */
export const withVersions =
  (name: string): Section['given'] =>
  async (send, settle) => {
    await create(name)?.(send, settle);
    for (const Description of ['one', 'two']) {
      await send('UpdateFunctionConfiguration', { FunctionName: name, Description });
      await settle(name);
      await send('PublishVersion', { FunctionName: name });
    }
    await send('CreateAlias', { FunctionName: name, Name: 'live', FunctionVersion: '1' });
  };
