import type { Case } from './case.ts';
import {
  ACCOUNT,
  any,
  broken,
  code,
  create,
  FARN,
  invalid,
  LARN,
  missing,
  pattern,
  REGION,
  refusal,
  type Section,
} from './words.ts';

const PROFILE = `arn:aws:signer:${REGION}:${ACCOUNT}:/signing-profiles/p/abcdefghij`;

export const CONTROLS: readonly Section[] = [
  {
    title: '15.1 tags',
    given: create('tagged'),
    cases: [
      {
        says: 'there are none at first',
        operation: 'ListTags',
        input: { Resource: `${FARN}:tagged` },
        answer: { status: 200, body: { Tags: {} } },
      },
      {
        says: 'fifty are taken',
        operation: 'TagResource',
        input: { Resource: `${FARN}:tagged`, Tags: tags(50) },
        answer: { status: 204 },
      },
      {
        says: 'one more is too many',
        operation: 'TagResource',
        input: { Resource: `${FARN}:tagged`, Tags: { more: 'v' } },
        answer: invalid('Number of tags exceeds resource tag limit.'),
      },
      {
        says: 'a new function has fifty at most, too',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: 'new', Tags: tags(51) },
        answer: invalid('Number of tags exceeds resource tag limit.'),
      },
      {
        says: 'none at all are refused',
        operation: 'TagResource',
        input: { Resource: `${FARN}:tagged`, Tags: {} },
        answer: invalid('An error occurred and the request cannot be processed.'),
      },
      {
        says: 'keys to take away are named',
        operation: 'UntagResource',
        input: { Resource: `${FARN}:tagged`, TagKeys: [] },
        answer: broken(['null', 'tagKeys', 'not be null']),
      },
      {
        says: 'one that is not there is taken away',
        operation: 'UntagResource',
        input: { Resource: `${FARN}:tagged`, TagKeys: ['unknown'] },
        answer: { status: 204 },
      },
      ...(['TagResource', 'UntagResource', 'ListTags'] as const).map(
        (operation): Case => ({
          says: `${operation}: a version has none`,
          operation,
          input: { Resource: `${FARN}:tagged:$LATEST`, Tags: { k: 'v' }, TagKeys: ['k'] },
          answer: invalid('Tags on function aliases and versions are not supported. Please specify a function ARN.'),
        }),
      ),
      ...(['TagResource', 'UntagResource', 'ListTags'] as const).map(
        (operation): Case => ({
          says: `${operation}: an unknown function is not found`,
          operation,
          input: { Resource: `${FARN}:unknown`, Tags: { k: 'v' }, TagKeys: ['k'] },
          answer: missing(`Function not found: ${FARN}:unknown`),
        }),
      ),
      {
        says: 'a resource is an ARN',
        operation: 'ListTags',
        input: { Resource: 'tagged' },
        answer: broken(
          pattern(
            'tagged',
            'resource',
            'arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)',
          ),
        ),
      },
    ],
  },
  {
    title: '4.3 the account',
    cases: [
      {
        says: 'has limits and what is used of them',
        operation: 'GetAccountSettings',
        answer: {
          status: 200,
          body: {
            AccountLimit: {
              TotalCodeSize: 80530636800,
              CodeSizeUnzipped: 262144000,
              CodeSizeZipped: 52428800,
              ConcurrentExecutions: 1000,
              UnreservedConcurrentExecutions: any,
            },
            AccountUsage: { TotalCodeSize: any, FunctionCount: any },
          },
        },
      },
    ],
  },
  {
    title: '15.2 code signing',
    given: create('signed'),
    cases: [
      {
        says: 'a configuration warns unless it is told to enforce',
        operation: 'CreateCodeSigningConfig',
        input: { Description: 'd', AllowedPublishers: { SigningProfileVersionArns: [PROFILE] } },
        answer: {
          status: 201,
          body: {
            CodeSigningConfig: {
              CodeSigningConfigId: /^csc-[a-z0-9]{17}$/,
              CodeSigningConfigArn: /^arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-[a-z0-9]{17}$/,
              Description: 'd',
              AllowedPublishers: { SigningProfileVersionArns: [PROFILE] },
              CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Warn' },
              LastModified: /^\d{4}-\d\d-\d\dT/,
            },
          },
        },
      },
      ...(
        [
          'GetCodeSigningConfig',
          'UpdateCodeSigningConfig',
          'DeleteCodeSigningConfig',
          'ListFunctionsByCodeSigningConfig',
        ] as const
      ).map(
        (operation): Case => ({
          says: `${operation}: an unknown configuration is not found`,
          operation,
          input: { CodeSigningConfigArn: `${LARN}:code-signing-config:csc-0123456789abcdef0` },
          answer: refusal(
            404,
            'ResourceNotFoundException',
            `The Lambda code signing configuration ${LARN}:code-signing-config:csc-0123456789abcdef0 can not be found.`,
            { untyped: true },
          ),
        }),
      ),
      {
        says: 'an unknown one is not given to a function, and is told before a missing function',
        operation: 'PutFunctionCodeSigningConfig',
        input: {
          FunctionName: 'unknown',
          CodeSigningConfigArn: `${LARN}:code-signing-config:csc-0123456789abcdef0`,
        },
        answer: refusal(
          404,
          'CodeSigningConfigNotFoundException',
          `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${LARN}:code-signing-config:csc-0123456789abcdef0.`,
        ),
      },
      {
        says: 'a function has none at first',
        operation: 'GetFunctionCodeSigningConfig',
        input: { FunctionName: 'signed' },
        answer: { status: 200, body: {} },
      },
      {
        says: 'taking none away is no error',
        operation: 'DeleteFunctionCodeSigningConfig',
        input: { FunctionName: 'signed' },
        answer: { status: 204 },
      },
    ],
  },
  {
    title: '15.3 and 15.4 recursion and runtime management',
    given: create('controlled'),
    cases: [
      {
        says: 'loops are ended',
        operation: 'GetFunctionRecursionConfig',
        input: { FunctionName: 'controlled' },
        answer: { status: 200, body: { RecursiveLoop: 'Terminate' } },
      },
      {
        says: 'or allowed, and nothing else',
        operation: 'PutFunctionRecursionConfig',
        input: { FunctionName: 'controlled', RecursiveLoop: 'INVALID' },
        answer: broken(["'INVALID'", 'recursiveLoop', 'satisfy enum value set: [Terminate, Allow]']),
      },
      {
        says: 'runtimes are updated by themselves',
        operation: 'GetRuntimeManagementConfig',
        input: { FunctionName: 'controlled' },
        answer: { status: 200, shows: { UpdateRuntimeOn: 'Auto', FunctionArn: `${FARN}:controlled` } },
      },
    ],
  },
];

function tags(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
}
