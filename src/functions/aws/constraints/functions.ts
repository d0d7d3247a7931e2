import type { Constraints } from '../../../wire/service.ts';
import { doubleRange, elements, keys, length, oneOf, pattern, range, required } from '../../../wire/validation.ts';
import type { Lambda } from '../operation.ts';
import { FUNCTION_NAME, NAMESPACED_FUNCTION_NAME, QUALIFIER, REGION } from './names.ts';
import {
  ARCHITECTURES,
  ARN_OR_NOTHING,
  CODE_SIGNING_CONFIG_ARN,
  DESCRIPTION,
  LAYER_VERSION_ARN,
  MAX_ITEMS,
  ROLE_ARN,
  SYSTEM_LOG_LEVELS,
  TAGS,
} from './shared.ts';

/** Members of a source of code, which stand in a structure or in the request itself. */
export function codeMembers<Prefix extends string>(prefix: Prefix) {
  return {
    [`${prefix}s3Bucket`]: [length(3, 63), pattern('[0-9A-Za-z\\.\\-_]*(?<!\\.)')],
    [`${prefix}s3Key`]: [length(1, 1_024), pattern('.*')],
    [`${prefix}s3ObjectVersion`]: [length(1, 1_024), pattern('.*')],
    [`${prefix}s3ObjectStorageMode`]: [oneOf(['COPY', 'REFERENCE'])],
  };
}

const ARCHITECTURE_LIST = [length(1, 1), elements(oneOf(ARCHITECTURES))];
const PUBLISH_TO = [oneOf(['LATEST_PUBLISHED'])];
const WORDS = [length(0, 1_500)];

/** Members that CreateFunction and UpdateFunctionConfiguration have in common. */
const SETTINGS = {
  handler: [length(0, 128), pattern('[^\\s]+')],
  description: DESCRIPTION,
  timeout: [range(1, 900)], // The model's 5,400 is for managed instances.
  memorySize: [range(128, 32_768)],
  'vpcConfig.subnetIds': [length(0, 16), elements(length(0, 1_024), pattern('subnet-[0-9a-z]*'))],
  'vpcConfig.securityGroupIds': [length(0, 5), elements(length(0, 1_024), pattern('sg-[0-9a-zA-Z]*'))],
  'environment.variables': [keys(pattern('[a-zA-Z]([a-zA-Z0-9_])+'))],
  'deadLetterConfig.targetArn': ARN_OR_NOTHING,
  layers: [elements(...LAYER_VERSION_ARN)],
  kMSKeyArn: ARN_OR_NOTHING,
  'tracingConfig.mode': [oneOf(['Active', 'PassThrough'])],
  'ephemeralStorage.size': [required, range(512, 10_240)], // The model's 32,768 is for accelerators.
  'snapStart.applyOn': [oneOf(['PublishedVersions', 'None'])],
  'loggingConfig.logFormat': [oneOf(['JSON', 'Text'])],
  'loggingConfig.applicationLogLevel': [oneOf(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'])],
  'loggingConfig.systemLogLevel': [oneOf(SYSTEM_LOG_LEVELS)],
  'loggingConfig.logGroup': [length(1, 512), pattern('[\\.\\-_/#A-Za-z0-9]+')],
  fileSystemConfigs: [length(0, 1)],
  'fileSystemConfigs.*': {
    arn: [
      required,
      length(0, 256),
      pattern(
        `arn:aws[a-zA-Z-]*:elasticfilesystem:${REGION}:\\d{12}:access-point/fsap-[a-f0-9]{17}$|^arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40}`,
      ),
    ],
    localMountPath: [required, length(0, 160), pattern('/mnt/[a-zA-Z0-9-_.]+')],
    's3FilesConfig.directS3Read': [oneOf(['ENABLED', 'DISABLED', 'AUTO'])],
  },
  'imageConfig.entryPoint': WORDS,
  'imageConfig.command': WORDS,
  'imageConfig.workingDirectory': [length(0, 1_000)],
  'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig': [required],
  'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig.capacityProviderArn': [
    required,
    length(1, 140),
    pattern(`arn:aws[a-zA-Z-]*:lambda:${REGION}:\\d{12}:capacity-provider:[a-zA-Z0-9-_]+`),
  ],
  'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig.perExecutionEnvironmentMaxConcurrency': [
    range(1, 1_600),
  ],
  'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig.executionEnvironmentMemoryGiBPerVCpu': [
    doubleRange(2, 8),
  ],
  'durableConfig.kMSKeyArn': ARN_OR_NOTHING,
  'durableConfig.retentionPeriodInDays': [range(1, 90)],
  'durableConfig.executionTimeout': [range(1, 31_622_400)],
};

export const FUNCTION_CONSTRAINTS: Constraints<Lambda> = {
  CreateFunction: {
    functionName: [required, ...FUNCTION_NAME],
    role: [required, ...ROLE_ARN],
    code: [required],
    packageType: [oneOf(['Zip', 'Image'])],
    ...codeMembers('code.'),
    'code.sourceKMSKeyArn': ARN_OR_NOTHING,
    ...SETTINGS,
    architectures: ARCHITECTURE_LIST,
    codeSigningConfigArn: CODE_SIGNING_CONFIG_ARN,
    publishTo: PUBLISH_TO,
    'tenancyConfig.tenantIsolationMode': [required, oneOf(['PER_TENANT'])],
    tags: TAGS,
  },
  UpdateFunctionConfiguration: {
    functionName: [required, ...FUNCTION_NAME],
    role: ROLE_ARN,
    ...SETTINGS,
  },
  UpdateFunctionCode: {
    functionName: [required, ...FUNCTION_NAME],
    ...codeMembers(''),
    sourceKMSKeyArn: ARN_OR_NOTHING,
    architectures: ARCHITECTURE_LIST,
    publishTo: PUBLISH_TO,
  },
  DeleteFunction: {
    qualifier: QUALIFIER,
    functionName: [required, ...NAMESPACED_FUNCTION_NAME],
  },
  GetFunction: {
    qualifier: QUALIFIER,
    functionName: [required, ...NAMESPACED_FUNCTION_NAME],
  },
  GetFunctionConfiguration: {
    qualifier: QUALIFIER,
    functionName: [required, ...NAMESPACED_FUNCTION_NAME],
  },
  ListFunctions: {
    masterRegion: [length(1, 50), pattern(`ALL|${REGION}`)],
    functionVersion: [oneOf(['ALL'])],
    maxItems: MAX_ITEMS,
  },
  ListVersionsByFunction: {
    maxItems: MAX_ITEMS,
    functionName: [required, ...NAMESPACED_FUNCTION_NAME],
  },
  PublishVersion: {
    functionName: [required, ...FUNCTION_NAME],
    description: DESCRIPTION,
    publishTo: PUBLISH_TO,
  },
};
