import {
  ACCOUNT,
  broken,
  conflict,
  FARN,
  invalid,
  missing,
  pattern,
  type Section,
  stale,
  UUID,
  withVersions,
} from './words.ts';

export const POLICIES: readonly Section[] = [
  {
    title: '11 policies of functions',
    given: withVersions('policies'),
    cases: [
      {
        says: 'there is none at first',
        operation: 'GetPolicy',
        input: { FunctionName: 'policies' },
        answer: missing('The resource you requested does not exist.'),
      },
      {
        says: 'nor anything to remove',
        operation: 'RemovePermission',
        input: { FunctionName: 'policies', StatementId: 's3' },
        answer: missing('No policy is associated with the given resource.'),
      },
      {
        says: 'nor of an unknown function',
        operation: 'RemovePermission',
        input: { FunctionName: 'unknown', StatementId: 's3' },
        answer: missing(`No policy found for: ${FARN}:unknown`),
      },
      {
        says: 'a statement is answered in AWS’s order',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          StatementId: 's3',
          Action: 'lambda:InvokeFunction',
          Principal: 's3.amazonaws.com',
          SourceArn: 'arn:aws:s3:::bucket',
          SourceAccount: ACCOUNT,
        },
        answer: {
          status: 201,
          body: {
            Statement: `{"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"${FARN}:policies","Condition":{"StringEquals":{"AWS:SourceAccount":"${ACCOUNT}"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::bucket"}}}`,
          },
        },
      },
      {
        says: 'an account is its root',
        operation: 'AddPermission',
        input: { FunctionName: 'policies', StatementId: 'a', Action: 'lambda:InvokeFunction', Principal: ACCOUNT },
        answer: {
          status: 201,
          body: {
            Statement: `{"Sid":"a","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${ACCOUNT}:root"},"Action":"lambda:InvokeFunction","Resource":"${FARN}:policies"}`,
          },
        },
      },
      {
        says: 'everybody is a star, and a URL’s kind a condition',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          Qualifier: 'live',
          StatementId: 's3',
          Action: 'lambda:InvokeFunctionUrl',
          Principal: '*',
          FunctionUrlAuthType: 'NONE',
        },
        answer: {
          status: 201,
          body: {
            Statement: `{"Sid":"s3","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"${FARN}:policies:live","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}}`,
          },
        },
      },
      {
        says: 'an ARN of IAM is taken as it is, and conditions stand together',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          Qualifier: '1',
          StatementId: 'user',
          Action: 'lambda:InvokeFunction',
          Principal: `arn:aws:iam::${ACCOUNT}:root`,
          EventSourceToken: 'token',
          PrincipalOrgID: 'o-1234567890',
        },
        answer: {
          status: 201,
          body: {
            Statement: `{"Sid":"user","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${ACCOUNT}:root"},"Action":"lambda:InvokeFunction","Resource":"${FARN}:policies:1","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890","lambda:EventSourceToken":"token"}}}`,
          },
        },
      },
      {
        says: 'the policy has its statements in the order in which they were added',
        operation: 'GetPolicy',
        input: { FunctionName: 'policies' },
        answer: {
          status: 200,
          body: {
            Policy: /^\{"Version":"2012-10-17","Id":"default","Statement":\[\{"Sid":"s3",.*\},\{"Sid":"a",.*\}\]\}$/,
            RevisionId: UUID,
          },
        },
      },
      {
        says: 'who cannot be is told',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          StatementId: 'x',
          Action: 'lambda:InvokeFunction',
          Principal: 'invalid.nonaws.com',
        },
        answer: invalid('The provided principal was invalid. Please check the principal and try again.'),
      },
      {
        says: 'a statement’s id has no dot',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          StatementId: 'example.com',
          Action: 'lambda:InvokeFunction',
          Principal: '*',
        },
        answer: broken(pattern('example.com', 'statementId', '([a-zA-Z0-9-_]+)')),
      },
      {
        says: 'there is one of an id',
        operation: 'AddPermission',
        input: { FunctionName: 'policies', StatementId: 's3', Action: 'lambda:InvokeFunction', Principal: '*' },
        answer: conflict(
          'The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.',
        ),
      },
      {
        says: '$LATEST has none of its own',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          Qualifier: '$LATEST',
          StatementId: 'x',
          Action: 'lambda:InvokeFunction',
          Principal: '*',
        },
        answer: invalid('We currently do not support adding policies for $LATEST.'),
      },
      {
        says: 'an alias that is not there is told as an alias',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          Qualifier: 'unknown',
          StatementId: 'x',
          Action: 'lambda:InvokeFunction',
          Principal: '*',
        },
        answer: missing(`Cannot find alias arn: ${FARN}:policies:unknown`),
      },
      {
        says: 'a version that is not there as a function, and so is what cannot be an alias',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          Qualifier: '$odd',
          StatementId: 'x',
          Action: 'lambda:InvokeFunction',
          Principal: '*',
        },
        answer: missing(`Function not found: ${FARN}:policies:$odd`),
      },
      {
        says: 'another revision is told',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          StatementId: 'x',
          Action: 'lambda:InvokeFunction',
          Principal: '*',
          RevisionId: 'wrong',
        },
        answer: stale('GetPolicy'),
      },
      {
        says: 'also when one is removed',
        operation: 'RemovePermission',
        input: { FunctionName: 'policies', StatementId: 's3', RevisionId: 'wrong' },
        answer: stale('GetPolicy'),
      },
      {
        says: 'one that is not there is told',
        operation: 'RemovePermission',
        input: { FunctionName: 'policies', StatementId: 'unknown' },
        answer: missing('Statement unknown is not found in resource policy.'),
      },
      {
        says: 'one is removed',
        operation: 'RemovePermission',
        input: { FunctionName: 'policies', StatementId: 's3', Qualifier: 'live' },
        answer: { status: 204 },
      },
      {
        says: 'with the last one the policy goes',
        operation: 'GetPolicy',
        input: { FunctionName: 'policies', Qualifier: 'live' },
        answer: missing('The resource you requested does not exist.'),
      },
    ],
  },
];
