import {
  ACCOUNT,
  any,
  broken,
  conflict,
  create,
  invalid,
  LARN,
  layerContent,
  missing,
  pattern,
  REGION,
  refusal,
  type Section,
  stale,
  TIME,
  UUID,
  zip,
} from './words.ts';

const CONTENT = { Content: { Location: /^http/, CodeSha256: any, CodeSize: zip.length } };

/** What the version of the layer `described` shows in lists. */
const DESCRIBED = {
  LayerVersionArn: `${LARN}:layer:described:1`,
  Version: 1,
  Description: 'd',
  CreatedDate: TIME,
  CompatibleRuntimes: ['nodejs12.x', 'nodejs24.x'],
  CompatibleArchitectures: ['arm64', 'x86_64'],
  LicenseInfo: 'MIT',
};

export const LAYERS: readonly Section[] = [
  {
    title: '14 layers',
    given: create('layered'),
    cases: [
      {
        says: 'a layer is published with what was given, and no more',
        operation: 'PublishLayerVersion',
        input: { LayerName: 'layer', ...layerContent },
        answer: {
          status: 201,
          body: {
            Content: { Location: /^http/, CodeSha256: any, CodeSize: zip.length },
            LayerArn: `${LARN}:layer:layer`,
            LayerVersionArn: `${LARN}:layer:layer:1`,
            Description: '',
            CreatedDate: TIME,
            Version: 1,
          },
        },
      },
      {
        says: 'the same content is another version, and empty lists are echoed',
        operation: 'PublishLayerVersion',
        input: { LayerName: 'layer', ...layerContent, CompatibleRuntimes: [], CompatibleArchitectures: [] },
        answer: { status: 201, shows: { Version: 2, CompatibleRuntimes: [], CompatibleArchitectures: [] } },
      },
      {
        says: 'a runtime and an architecture that are none are told together',
        operation: 'PublishLayerVersion',
        input: {
          LayerName: 'layer',
          ...layerContent,
          CompatibleRuntimes: ['invalidruntime'],
          CompatibleArchitectures: ['invalidarch'],
        },
        answer: refusal(
          400,
          'ValidationException',
          /^2 validation errors detected: Value '\[invalidruntime\]' at 'compatibleRuntimes' failed to satisfy constraint: .*; Value '\[invalidarch\]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[x86_64, arm64\], Member must not be null\]$/,
          { untyped: true },
        ),
      },
      {
        says: 'runtimes that are too old for functions may be named, and all that was given is echoed',
        operation: 'PublishLayerVersion',
        input: {
          LayerName: 'described',
          ...layerContent,
          Description: 'd',
          LicenseInfo: 'MIT',
          CompatibleRuntimes: ['nodejs12.x', 'nodejs24.x'],
          CompatibleArchitectures: ['arm64', 'x86_64'],
        },
        answer: { status: 201, body: { LayerArn: `${LARN}:layer:described`, ...DESCRIBED, ...CONTENT } },
      },
      {
        says: 'and shown again',
        operation: 'GetLayerVersion',
        input: { LayerName: 'described', VersionNumber: 1 },
        answer: { status: 200, body: { LayerArn: `${LARN}:layer:described`, ...DESCRIBED, ...CONTENT } },
      },
      {
        says: 'also by its ARN',
        operation: 'GetLayerVersionByArn',
        input: { Arn: `${LARN}:layer:described:1` },
        answer: { status: 200, body: { LayerArn: `${LARN}:layer:described`, ...DESCRIBED, ...CONTENT } },
      },
      {
        says: 'a list shows the newest version that fits, without its content',
        operation: 'ListLayers',
        input: { CompatibleArchitecture: 'arm64' },
        answer: {
          status: 200,
          body: {
            Layers: [{ LayerName: 'described', LayerArn: `${LARN}:layer:described`, LatestMatchingVersion: DESCRIBED }],
          },
        },
      },
      {
        says: 'versions are listed newest first, without content',
        operation: 'ListLayerVersions',
        input: { LayerName: 'layer' },
        answer: {
          status: 200,
          body: {
            LayerVersions: [
              {
                LayerVersionArn: `${LARN}:layer:layer:2`,
                Version: 2,
                Description: '',
                CreatedDate: TIME,
                CompatibleRuntimes: [],
                CompatibleArchitectures: [],
              },
              { LayerVersionArn: `${LARN}:layer:layer:1`, Version: 1, Description: '', CreatedDate: TIME },
            ],
          },
        },
      },
      {
        says: 'an unknown layer has none',
        operation: 'ListLayerVersions',
        input: { LayerName: 'unknown' },
        answer: { status: 200, body: { LayerVersions: [] } },
      },
      {
        says: 'a version below 1 is told',
        operation: 'GetLayerVersion',
        input: { LayerName: 'layer', VersionNumber: 0 },
        answer: invalid('Layer Version Cannot be less than 1'),
      },
      {
        says: 'also in an ARN',
        operation: 'GetLayerVersionByArn',
        input: { Arn: `${LARN}:layer:layer:0` },
        answer: invalid('Layer Version Cannot be less than 1'),
      },
      {
        says: 'also when it is deleted',
        operation: 'DeleteLayerVersion',
        input: { LayerName: 'layer', VersionNumber: -1 },
        answer: invalid('Layer Version Cannot be less than 1'),
      },
      {
        says: 'one that is not there is not found',
        operation: 'GetLayerVersion',
        input: { LayerName: 'layer', VersionNumber: 10 },
        answer: missing('The resource you requested does not exist.'),
      },
      {
        says: 'nor by its ARN',
        operation: 'GetLayerVersionByArn',
        input: { Arn: `${LARN}:layer:layer:10` },
        answer: missing('The resource you requested does not exist.'),
      },
      {
        says: 'an ARN has a version',
        operation: 'GetLayerVersionByArn',
        input: { Arn: `${LARN}:layer:layer` },
        answer: broken(
          pattern(
            `${LARN}:layer:layer`,
            'arn',
            '(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)',
          ),
        ),
      },
      {
        says: 'no layer for an architecture that is none',
        operation: 'ListLayers',
        input: { CompatibleArchitecture: 'invalid' },
        answer: broken(["'invalid'", 'compatibleArchitecture', 'satisfy enum value set: [x86_64, arm64]']),
      },
      {
        says: 'an unknown layer is not attached',
        operation: 'UpdateFunctionConfiguration',
        input: { FunctionName: 'layered', Layers: [`${LARN}:layer:unknown:1`] },
        answer: invalid(`Layer version ${LARN}:layer:unknown:1 does not exist.`),
      },
      {
        says: 'nor two versions of one',
        operation: 'UpdateFunctionConfiguration',
        input: { FunctionName: 'layered', Layers: [`${LARN}:layer:layer:1`, `${LARN}:layer:layer:2`] },
        answer: invalid(
          `Two different versions of the same layer are not allowed to be referenced in the same function. ${LARN}:layer:layer:1 and ${LARN}:layer:layer:2 are versions of the same layer.`,
        ),
      },
      {
        says: 'nor more than five',
        operation: 'UpdateFunctionConfiguration',
        input: { FunctionName: 'layered', Layers: [1, 2, 3, 4, 5, 6].map((one) => `${LARN}:layer:layer${one}:1`) },
        answer: invalid('Cannot reference more than 5 layers.'),
      },
      {
        says: 'nor one of another region',
        operation: 'UpdateFunctionConfiguration',
        input: { FunctionName: 'layered', Layers: [`arn:aws:lambda:eu-west-1:${ACCOUNT}:layer:layer:1`] },
        answer: invalid(
          `Layers are not in the same region as the function. Layers are expected to be in region ${REGION}.`,
        ),
      },
      {
        says: 'a layer has no policy at first',
        operation: 'GetLayerVersionPolicy',
        input: { LayerName: 'layer', VersionNumber: 1 },
        answer: missing('No policy is associated with the given resource.'),
      },
      {
        says: 'a permission is for getting it',
        operation: 'AddLayerVersionPermission',
        input: { LayerName: 'layer', VersionNumber: 1, StatementId: 's', Action: '*', Principal: '*' },
        answer: broken(pattern('*', 'action', 'lambda:GetLayerVersion')),
      },
      {
        says: 'and answered with the revision',
        operation: 'AddLayerVersionPermission',
        input: {
          LayerName: 'layer',
          VersionNumber: 1,
          StatementId: 's',
          Action: 'lambda:GetLayerVersion',
          Principal: '*',
        },
        answer: {
          status: 201,
          body: {
            Statement: `{"Sid":"s","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"${LARN}:layer:layer:1"}`,
            RevisionId: UUID,
          },
        },
      },
      {
        says: 'there is one of an id',
        operation: 'AddLayerVersionPermission',
        input: {
          LayerName: 'layer',
          VersionNumber: 1,
          StatementId: 's',
          Action: 'lambda:GetLayerVersion',
          Principal: '*',
        },
        answer: conflict(
          'The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement.',
        ),
      },
      {
        says: 'another revision is told',
        operation: 'AddLayerVersionPermission',
        input: {
          LayerName: 'layer',
          VersionNumber: 1,
          StatementId: 'x',
          Action: 'lambda:GetLayerVersion',
          Principal: '*',
          RevisionId: 'wrong',
        },
        answer: stale('GetLayerPolicy'),
      },
      {
        says: 'also when one is removed',
        operation: 'RemoveLayerVersionPermission',
        input: { LayerName: 'layer', VersionNumber: 1, StatementId: 's', RevisionId: 'wrong' },
        answer: stale('GetLayerPolicy'),
      },
      {
        says: 'an unknown layer is not shared',
        operation: 'AddLayerVersionPermission',
        input: {
          LayerName: 'unknown',
          VersionNumber: 1,
          StatementId: 's',
          Action: 'lambda:GetLayerVersion',
          Principal: '*',
        },
        answer: missing(`Layer version ${LARN}:layer:unknown:1 does not exist.`),
      },
      {
        says: 'one that is not there is told',
        operation: 'RemoveLayerVersionPermission',
        input: { LayerName: 'layer', VersionNumber: 1, StatementId: 'unknown' },
        answer: missing('Statement unknown is not found in resource policy.'),
      },
      {
        says: 'one is removed',
        operation: 'RemoveLayerVersionPermission',
        input: { LayerName: 'layer', VersionNumber: 1, StatementId: 's' },
        answer: { status: 204 },
      },
      {
        says: 'a version is deleted',
        operation: 'DeleteLayerVersion',
        input: { LayerName: 'layer', VersionNumber: 2 },
        answer: { status: 204 },
      },
      {
        says: 'twice, too',
        operation: 'DeleteLayerVersion',
        input: { LayerName: 'layer', VersionNumber: 2 },
        answer: { status: 204 },
      },
      {
        says: 'and its number does not come back',
        operation: 'PublishLayerVersion',
        input: { LayerName: 'layer', ...layerContent },
        answer: { status: 201, shows: { Version: 3 } },
      },
    ],
  },
];
