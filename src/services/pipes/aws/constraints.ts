import type { Constraints } from '../../../wire/service.ts';
import { elements, keys, length, oneOf, pattern, range, required, values } from '../../../wire/validation.ts';

// The API's model (EventBridge Pipes API reference, 2015-10-07), for the sources, enrichments and targets that are taken.

const NAME = [length(1, 64), pattern('[\\.\\-_A-Za-z0-9]+')];
const RESOURCE_ARN = [
  length(1, 1_600),
  pattern('arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-]+):([a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.+)'),
];
const SOURCE_ARN = [
  length(1, 1_600),
  pattern(
    'smk://(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]*[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\\-]*[A-Za-z0-9]):[0-9]{1,5}|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-]+):([a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.+)',
  ),
];
const OPTIONAL_ARN = [
  length(0, 1_600),
  pattern('$|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-]+):([a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.+)'),
];
const ROLE_ARN = [length(1, 1_600), pattern('arn:(aws[a-zA-Z0-9-]*):iam::\\d{12}:role/?[a-zA-Z0-9+=,.@\\-_/]+')];
const PIPE_ARN = [
  length(1, 1_600),
  pattern('arn:aws([a-z]|\\-)*:([a-zA-Z0-9\\-]+):([a-z]|\\d|\\-)*:([0-9]{12})?:(.+)'),
];
const STATES = [
  ...['RUNNING', 'STOPPED', 'CREATING', 'UPDATING', 'DELETING', 'STARTING', 'STOPPING', 'CREATE_FAILED'],
  ...['UPDATE_FAILED', 'START_FAILED', 'STOP_FAILED', 'DELETE_FAILED', 'CREATE_ROLLBACK_FAILED'],
  ...['DELETE_ROLLBACK_FAILED', 'UPDATE_ROLLBACK_FAILED'],
];
const WANTED = oneOf(['RUNNING', 'STOPPED']);
const PREFIX = [length(1, 1_600)];
const TAG_KEY = length(1, 128);
const TAGS = [length(1, 50), keys(TAG_KEY), values(length(0, 256))];
const TEMPLATE = [length(0, 8_192)];

/** What both CreatePipe and UpdatePipe take. */
const SETTINGS = {
  description: [length(0, 512)],
  desiredState: [WANTED],
  'sourceParameters.filterCriteria.filters': [length(0, 5)],
  'sourceParameters.filterCriteria.filters.*': { pattern: [length(0, 4_096)] },
  'sourceParameters.sqsQueueParameters.batchSize': [range(1, 10_000)],
  'sourceParameters.sqsQueueParameters.maximumBatchingWindowInSeconds': [range(0, 300)],
  enrichment: OPTIONAL_ARN,
  'enrichmentParameters.inputTemplate': TEMPLATE,
  'targetParameters.inputTemplate': TEMPLATE,
  'targetParameters.lambdaFunctionParameters.invocationType': [oneOf(['REQUEST_RESPONSE', 'FIRE_AND_FORGET'])],
  'targetParameters.sqsQueueParameters.messageGroupId': [length(0, 100)],
  'targetParameters.sqsQueueParameters.messageDeduplicationId': [length(0, 100)],
  'targetParameters.eventBridgeEventBusParameters.endpointId': [length(1, 50)],
  'targetParameters.eventBridgeEventBusParameters.detailType': [length(1, 128)],
  'targetParameters.eventBridgeEventBusParameters.source': [length(1, 256)],
  'targetParameters.eventBridgeEventBusParameters.resources': [length(0, 10), elements(length(1, 1_600))],
  'targetParameters.eventBridgeEventBusParameters.time': [length(1, 256)],
};

export const PIPES_CONSTRAINTS: Constraints<typeof import('@aws-sdk/client-pipes')> = {
  CreatePipe: {
    name: [required, ...NAME],
    roleArn: [required, ...ROLE_ARN],
    source: [required, ...SOURCE_ARN],
    target: [required, ...RESOURCE_ARN],
    ...SETTINGS,
    tags: TAGS,
  },
  DescribePipe: { name: [required, ...NAME] },
  UpdatePipe: { name: [required, ...NAME], roleArn: [required, ...ROLE_ARN], target: RESOURCE_ARN, ...SETTINGS },
  DeletePipe: { name: [required, ...NAME] },
  StartPipe: { name: [required, ...NAME] },
  StopPipe: { name: [required, ...NAME] },
  ListPipes: {
    namePrefix: NAME,
    desiredState: [WANTED],
    currentState: [oneOf(STATES)],
    sourcePrefix: PREFIX,
    targetPrefix: PREFIX,
    nextToken: [length(1, 2_048)],
    limit: [range(1, 100)],
  },
  TagResource: { resourceArn: [required, ...PIPE_ARN], tags: [required, ...TAGS] },
  UntagResource: { resourceArn: [required, ...PIPE_ARN], tagKeys: [required, length(0, 50), elements(TAG_KEY)] },
  ListTagsForResource: { resourceArn: [required, ...PIPE_ARN] },
};
