import type {
  CreateFunctionRequest,
  UpdateFunctionCodeRequest,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda';
import { type Check, elements, keys, length, oneOf, pattern, range, required } from '../../wire/validation.ts';
import { invalid } from './refusal-to-aws.ts';

// Ranges and patterns: the API's model (lambda-facts 4.2); where recorded texts differ (`eusc-`), as recorded.

const ARN_OR_NOTHING = '(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()';
const MEMORY_MB_MAX = 10_240; // AWS: quota; the model's 32,768 is for managed instances.

export const LAYER_VERSION_ARN =
  '(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)';

/** Members that CreateFunction and UpdateFunctionConfiguration have in common. */
export function settingsChecks(input: UpdateFunctionConfigurationRequest | CreateFunctionRequest): Check[] {
  const { VpcConfig, LoggingConfig } = input;
  return [
    { path: 'handler', value: input.Handler, constraints: [length(0, 128), pattern('[^\\s]+')] },
    { path: 'description', value: input.Description, constraints: [length(0, 256)] },
    { path: 'timeout', value: input.Timeout, constraints: [range(1, 900)] },
    { path: 'memorySize', value: input.MemorySize, constraints: [range(128, 32_768)] },
    {
      path: 'vpcConfig.subnetIds',
      value: VpcConfig?.SubnetIds,
      constraints: [length(0, 16), elements(length(0, 1_024), pattern('subnet-[0-9a-z]*'))],
    },
    {
      path: 'vpcConfig.securityGroupIds',
      value: VpcConfig?.SecurityGroupIds,
      constraints: [length(0, 5), elements(length(0, 1_024), pattern('sg-[0-9a-zA-Z]*'))],
    },
    {
      path: 'environment.variables',
      value: input.Environment?.Variables,
      constraints: [keys(pattern('[a-zA-Z]([a-zA-Z0-9_])+'))],
    },
    {
      path: 'deadLetterConfig.targetArn',
      value: input.DeadLetterConfig?.TargetArn,
      constraints: [pattern(ARN_OR_NOTHING)],
    },
    {
      path: 'layers',
      value: input.Layers,
      constraints: [elements(length(1, 2_048), pattern(LAYER_VERSION_ARN))],
    },
    { path: 'kMSKeyArn', value: input.KMSKeyArn, constraints: [pattern(ARN_OR_NOTHING)] },
    { path: 'tracingConfig.mode', value: input.TracingConfig?.Mode, constraints: [oneOf(['Active', 'PassThrough'])] },
    { path: 'ephemeralStorage.size', value: input.EphemeralStorage?.Size, constraints: [range(512, 10_240)] },
    { path: 'snapStart.applyOn', value: input.SnapStart?.ApplyOn, constraints: [oneOf(['PublishedVersions', 'None'])] },
    { path: 'loggingConfig.logFormat', value: LoggingConfig?.LogFormat, constraints: [oneOf(['JSON', 'Text'])] },
    {
      path: 'loggingConfig.applicationLogLevel',
      value: LoggingConfig?.ApplicationLogLevel,
      constraints: [oneOf(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'])],
    },
    {
      path: 'loggingConfig.systemLogLevel',
      value: LoggingConfig?.SystemLogLevel,
      constraints: [oneOf(['DEBUG', 'INFO', 'WARN'])],
    },
    {
      path: 'loggingConfig.logGroup',
      value: LoggingConfig?.LogGroup,
      constraints: [length(1, 512), pattern('[\\.\\-_/#A-Za-z0-9]+')],
    },
  ];
}

export function roleCheck(role: string | undefined): Check {
  const arn = pattern('arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+');
  return { path: 'role', value: role, constraints: [arn] };
}

export function codeChecks(
  code: Pick<UpdateFunctionCodeRequest, 'S3Bucket' | 'S3Key' | 'S3ObjectVersion' | 'SourceKMSKeyArn'>,
  prefix: string,
): Check[] {
  return [
    {
      path: `${prefix}s3Bucket`,
      value: code.S3Bucket,
      constraints: [length(3, 63), pattern('[0-9A-Za-z\\.\\-_]*(?<!\\.)')],
    },
    { path: `${prefix}s3Key`, value: code.S3Key, constraints: [length(1, 1_024)] },
    { path: `${prefix}s3ObjectVersion`, value: code.S3ObjectVersion, constraints: [length(1, 1_024)] },
    { path: `${prefix}sourceKMSKeyArn`, value: code.SourceKMSKeyArn, constraints: [pattern(ARN_OR_NOTHING)] },
  ];
}

export function architecturesCheck(architectures: readonly string[] | undefined): Check {
  return {
    path: 'architectures',
    value: architectures,
    constraints: [length(1, 1), elements(oneOf(['x86_64', 'arm64']))],
  };
}

/** Throws AwsError for memory that the model allows and the quota does not. */
export function assertMemory(memoryMb: number | undefined): void {
  if (memoryMb === undefined || memoryMb <= MEMORY_MB_MAX) return;
  throw invalid(
    `'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to ${MEMORY_MB_MAX}`,
  );
}

export const REQUIRED = [required];
