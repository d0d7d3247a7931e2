import type { Constraints } from '../../../wire/service.ts';
import { elements, length, oneOf, pattern, range, required } from '../../../wire/validation.ts';

// As AWS's model of EventBridge Scheduler has them (2021-06-30).

const NAME = [length(1, 64), pattern('[0-9a-zA-Z-_.]+')];
const TOKEN = { clientToken: [length(1, 64), pattern('[a-zA-Z0-9-_]+')] };
const GROUP_ARN = {
  resourceArn: [
    required,
    length(1, 1_011),
    pattern('arn:aws[a-z-]*:scheduler:[a-z0-9\\-]+:\\d{12}:schedule-group\\/[0-9a-zA-Z-_.]+'),
  ],
};
const TAG = { key: [required, length(1, 128)], value: [required, length(1, 256)] };
const PAGE = { maxResults: [range(1, 100)], namePrefix: NAME, nextToken: [length(1, 2_048)] };
const STATE = oneOf(['ENABLED', 'DISABLED']);

const SCHEDULE = {
  name: [required, ...NAME],
  groupName: NAME,
  scheduleExpression: [required, length(1, 256)],
  scheduleExpressionTimezone: [length(1, 50)],
  description: [length(0, 512)],
  state: [STATE],
  kmsKeyArn: [length(1, 2_048), pattern('arn:aws[a-z-]*:kms:[a-z0-9\\-]+:\\d{12}:(key|alias)\\/[0-9a-zA-Z-_]*')],
  actionAfterCompletion: [oneOf(['NONE', 'DELETE'])],
  ...TOKEN,
  flexibleTimeWindow: [required],
  'flexibleTimeWindow.mode': [required, oneOf(['OFF', 'FLEXIBLE'])],
  'flexibleTimeWindow.maximumWindowInMinutes': [range(1, 1_440)],
  target: [required],
  'target.arn': [required, length(1, 1_600)],
  'target.roleArn': [required, length(1, 1_600), pattern('arn:aws[a-z-]*:iam::\\d{12}:role\\/[\\w+=,.@\\/-]+')],
  'target.input': [length(1, Number.POSITIVE_INFINITY)],
  'target.deadLetterConfig.arn': [
    length(1, 1_600),
    pattern('arn:aws[a-z-]*:sqs:[a-z0-9\\-]+:\\d{12}:[a-zA-Z0-9\\-_]+'),
  ],
  'target.retryPolicy.maximumEventAgeInSeconds': [range(60, 86_400)],
  'target.retryPolicy.maximumRetryAttempts': [range(0, 185)],
  'target.eventBridgeParameters.detailType': [required, length(1, 128)],
  'target.eventBridgeParameters.source': [
    required,
    length(1, 256),
    pattern('(?=[/\\.\\-_A-Za-z0-9]+)((?!aws\\.).*)|(\\$(\\.[\\w_-]+(\\[(\\d+|\\*)\\])*)*)'),
  ],
  'target.sqsParameters.messageGroupId': [length(1, 128)],
};

export const SCHEDULER_CONSTRAINTS: Constraints<typeof import('@aws-sdk/client-scheduler')> = {
  CreateSchedule: SCHEDULE,
  UpdateSchedule: SCHEDULE,
  GetSchedule: { name: [required, ...NAME], groupName: NAME },
  DeleteSchedule: { name: [required, ...NAME], groupName: NAME, ...TOKEN },
  ListSchedules: { groupName: NAME, state: [STATE], ...PAGE },
  CreateScheduleGroup: { name: [required, ...NAME], tags: [length(0, 200)], 'tags.*': TAG, ...TOKEN },
  GetScheduleGroup: { name: [required, ...NAME] },
  DeleteScheduleGroup: { name: [required, ...NAME], ...TOKEN },
  ListScheduleGroups: PAGE,
  TagResource: { ...GROUP_ARN, tags: [required, length(0, 200)], 'tags.*': TAG },
  UntagResource: { ...GROUP_ARN, tagKeys: [required, length(0, 200), elements(length(1, 128))] },
  ListTagsForResource: GROUP_ARN,
};
