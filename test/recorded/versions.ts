import {
  ACTIVE,
  any,
  broken,
  conflict,
  DEFAULTS,
  FARN,
  invalid,
  invalidUntyped,
  missing,
  named,
  pattern,
  RUNTIME_VERSION,
  refusal,
  type Section,
  stale,
  UUID,
  withVersions,
} from './words.ts';

export const VERSIONS: readonly Section[] = [
  {
    title: '5.1 versions',
    given: withVersions('versions'),
    settles: 'versions',
    cases: [
      {
        says: 'publishing what was published answers that version again',
        operation: 'PublishVersion',
        input: { FunctionName: 'versions' },
        answer: {
          status: 201,
          body: {
            ...DEFAULTS,
            ...named('versions', '2', '2'),
            ...RUNTIME_VERSION,
            ...ACTIVE,
            Description: 'two',
          },
        },
      },
      {
        says: 'other code than was expected is told with both digests',
        operation: 'PublishVersion',
        input: { FunctionName: 'versions', CodeSha256: 'wrong' },
        answer: invalid(
          /^CodeSHA256 \(wrong\) is different from current CodeSHA256 in \$LATEST \([A-Za-z0-9+/]{43}=\)\. Please try again with the CodeSHA256 in \$LATEST\.$/,
        ),
      },
      {
        says: 'another revision is told',
        operation: 'PublishVersion',
        input: { FunctionName: 'versions', RevisionId: 'wrong' },
        answer: stale('GetFunction/GetAlias'),
      },
      {
        says: 'a version is listed after $LATEST, by number',
        operation: 'ListVersionsByFunction',
        input: { FunctionName: 'versions' },
        answer: {
          status: 200,
          body: {
            Versions: ['$LATEST', '1', '2'].map((version) => ({
              ...DEFAULTS,
              ...named('versions', version, version),
              Description: version === '1' ? 'one' : 'two',
            })),
          },
        },
      },
      {
        says: 'a version can have a description of its own',
        operation: 'PublishVersion',
        input: { FunctionName: 'versions', Description: 'own' },
        answer: { status: 201, shows: { Description: 'two', Version: '2' } },
      },
      {
        says: 'a version that an alias names is not deleted',
        operation: 'DeleteFunction',
        input: { FunctionName: 'versions', Qualifier: '1' },
        answer: refusal(409, 'ResourceConflictException', /live/),
      },
      {
        says: 'another is',
        operation: 'DeleteFunction',
        input: { FunctionName: 'versions', Qualifier: '2' },
        answer: { status: 204 },
      },
    ],
  },
  {
    title: '5.2 aliases',
    given: withVersions('aliases'),
    cases: [
      {
        says: 'an alias is created without a description',
        operation: 'CreateAlias',
        input: { FunctionName: 'aliases', Name: 'plain', FunctionVersion: '1' },
        answer: {
          status: 201,
          body: {
            AliasArn: `${FARN}:aliases:plain`,
            Name: 'plain',
            FunctionVersion: '1',
            Description: '',
            RevisionId: UUID,
          },
        },
      },
      {
        says: 'with weights',
        operation: 'CreateAlias',
        input: {
          FunctionName: 'aliases',
          Name: 'weighted',
          FunctionVersion: '1',
          RoutingConfig: { AdditionalVersionWeights: { 2: 0.2 } },
        },
        answer: {
          status: 201,
          body: {
            AliasArn: `${FARN}:aliases:weighted`,
            Name: 'weighted',
            FunctionVersion: '1',
            Description: '',
            RoutingConfig: { AdditionalVersionWeights: { 2: 0.2 } },
            RevisionId: UUID,
          },
        },
      },
      {
        says: 'weights are taken away',
        operation: 'UpdateAlias',
        input: { FunctionName: 'aliases', Name: 'weighted', RoutingConfig: {} },
        answer: {
          status: 200,
          body: {
            AliasArn: `${FARN}:aliases:weighted`,
            Name: 'weighted',
            FunctionVersion: '1',
            Description: '',
            RevisionId: UUID,
          },
        },
      },
      {
        says: 'a date may be a name',
        operation: 'CreateAlias',
        input: { FunctionName: 'aliases', Name: '2024-01-02', FunctionVersion: '$LATEST' },
        answer: { status: 201, shows: { FunctionVersion: '$LATEST' } },
      },
      {
        says: 'there is one of a name',
        operation: 'CreateAlias',
        input: { FunctionName: 'aliases', Name: 'live', FunctionVersion: '1' },
        answer: conflict(`Alias already exists: ${FARN}:aliases:live`),
      },
      {
        says: 'a number is no name',
        operation: 'CreateAlias',
        input: { FunctionName: 'aliases', Name: '123', FunctionVersion: '1' },
        answer: broken(pattern('123', 'name', '(?!^[0-9]+$)([a-zA-Z0-9-_]+)')),
      },
      {
        says: 'its version is there',
        operation: 'CreateAlias',
        input: { FunctionName: 'aliases', Name: 'new', FunctionVersion: '10' },
        answer: missing(`Function not found: ${FARN}:aliases:10`),
      },
      {
        says: 'and the one that it gives a weight',
        operation: 'CreateAlias',
        input: {
          FunctionName: 'aliases',
          Name: 'new',
          FunctionVersion: '1',
          RoutingConfig: { AdditionalVersionWeights: { 10: 0.2 } },
        },
        answer: missing(`Function not found: ${FARN}:aliases:10`),
      },
      {
        says: 'and its function',
        operation: 'CreateAlias',
        input: { FunctionName: 'unknown', Name: 'new', FunctionVersion: '1' },
        answer: missing(`Function not found: ${FARN}:unknown:1`),
      },
      {
        says: 'there is one weight',
        operation: 'CreateAlias',
        input: {
          FunctionName: 'aliases',
          Name: 'new',
          FunctionVersion: '1',
          RoutingConfig: { AdditionalVersionWeights: { 1: 0.8, 2: 0.2 } },
        },
        answer: invalid('Number of items in AdditionalVersionWeights cannot be greater than 1'),
      },
      {
        says: 'of 0 to 1',
        operation: 'CreateAlias',
        input: {
          FunctionName: 'aliases',
          Name: 'new',
          FunctionVersion: '1',
          RoutingConfig: { AdditionalVersionWeights: { 2: 2 } },
        },
        answer: refusal(
          400,
          'ValidationException',
          "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
          { untyped: true },
        ),
      },
      {
        says: 'of a version’s number',
        operation: 'CreateAlias',
        input: {
          FunctionName: 'aliases',
          Name: 'new',
          FunctionVersion: '1',
          RoutingConfig: { AdditionalVersionWeights: { $LATEST: 0.5 } },
        },
        answer: refusal(
          400,
          'ValidationException',
          "1 validation error detected: Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]",
          { untyped: true },
        ),
      },
      {
        says: 'of another version',
        operation: 'CreateAlias',
        input: {
          FunctionName: 'aliases',
          Name: 'new',
          FunctionVersion: '1',
          RoutingConfig: { AdditionalVersionWeights: { 1: 0.5 } },
        },
        answer: invalid('Invalid function version 1. Function version 1 is already included in routing configuration.'),
      },
      {
        says: '$LATEST has no weight beside it',
        operation: 'CreateAlias',
        input: {
          FunctionName: 'aliases',
          Name: 'new',
          FunctionVersion: '$LATEST',
          RoutingConfig: { AdditionalVersionWeights: { 1: 0.5 } },
        },
        answer: invalidUntyped('$LATEST is not supported for an alias pointing to more than 1 version'),
      },
      {
        says: 'one that is not there is not found',
        operation: 'GetAlias',
        input: { FunctionName: 'aliases', Name: 'unknown' },
        answer: missing(`Cannot find alias arn: ${FARN}:aliases:unknown`),
      },
      {
        says: 'in other words when it is changed',
        operation: 'UpdateAlias',
        input: { FunctionName: 'aliases', Name: 'unknown' },
        answer: missing(`Alias not found: ${FARN}:aliases:unknown`),
      },
      {
        says: 'in others when a function is got by it',
        operation: 'GetFunction',
        input: { FunctionName: 'aliases', Qualifier: 'unknown' },
        answer: missing(`Function not found: ${FARN}:aliases:unknown`),
      },
      {
        says: 'another revision is told',
        operation: 'UpdateAlias',
        input: { FunctionName: 'aliases', Name: 'live', RevisionId: 'wrong' },
        answer: stale('GetFunction/GetAlias'),
      },
      {
        says: 'deleting is no error',
        operation: 'DeleteAlias',
        input: { FunctionName: 'aliases', Name: 'live' },
        answer: { status: 204 },
      },
      {
        says: 'the second time neither',
        operation: 'DeleteAlias',
        input: { FunctionName: 'aliases', Name: 'live' },
        answer: { status: 204 },
      },
      {
        says: 'a list is in the order of names, with one version’s only',
        operation: 'ListAliases',
        input: { FunctionName: 'aliases', FunctionVersion: '1' },
        answer: { status: 200, shows: { Aliases: [{ Name: 'plain' }, { Name: 'weighted' }].map(subset) } },
      },
    ],
  },
];

/** An alias of which only some members matter. */
function subset(members: object) {
  return { AliasArn: any, Name: any, FunctionVersion: any, Description: any, RevisionId: any, ...members };
}
