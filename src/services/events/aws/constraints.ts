import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { Constraints } from '../../../wire/service.ts';
import {
  type Check,
  elements,
  keys,
  length,
  oneOf,
  pattern,
  range,
  required,
  validate,
  values,
} from '../../../wire/validation.ts';
import { REPLAY_STATES } from '../archive.ts';
import { RULE_STATES } from '../rule.ts';
import { printedEntry } from './put-events.ts';

// After AWS's API model. AWS tells a broken pattern before a broken length here (recorded).

const NAME = pattern('[\\.\\-_A-Za-z0-9]+');
const BUS_NAME = [pattern('[/\\.\\-_A-Za-z0-9]+'), length(1, 256)];
const BUS_NAME_OR_ARN = [
  pattern('(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[/\\.\\-_A-Za-z0-9]+'),
  length(1, 1_600),
];
const ENTRY_BUS = [
  pattern('(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[\\.\\-_A-Za-z0-9]+'),
  length(1, 1_600),
];
const ARN = length(1, 1_600);
const RULE_NAME = [NAME, length(1, 64)];
const PAGE = { nextToken: [length(1, 2_048)], limit: [range(1, 100)] };
const TAG = { key: [required, length(1, 128)], value: [required, length(0, 256)] };
const STATEMENT_ID = [pattern('[a-zA-Z0-9-_]+'), length(1, 64)];
const PERMITTED_BUS = { eventBusName: [NAME, length(1, 256)] };
const RULE_OF_BUS = { name: [required, ...RULE_NAME], eventBusName: BUS_NAME_OR_ARN };
const KEY = [pattern('^[a-zA-Z0-9_\\-/:]*$'), length(0, 2_048)];
const BUS_SETTINGS = {
  description: [length(0, 512)],
  kmsKeyIdentifier: KEY,
  'deadLetterConfig.arn': [ARN],
  'logConfig.includeDetail': [oneOf(['NONE', 'FULL'])],
  'logConfig.level': [oneOf(['OFF', 'ERROR', 'INFO', 'TRACE'])],
};
const PATTERN = length(0, 4_096);
const ARCHIVE_NAME = [NAME, length(1, 48)];
const REPLAY_NAME = [NAME, length(1, 64)];
const SOURCE_ARN = [pattern('^arn:aws([a-z]|\\-)*:events:([a-z]|\\d|\\-)*:([0-9]{12})?:.+\\/.+$'), ARN];
const DESCRIPTION = [pattern('.*'), length(0, 512)];
const RETENTION = [range(0, Number.POSITIVE_INFINITY)];

export const EVENTS_CONSTRAINTS: Constraints<typeof import('@aws-sdk/client-eventbridge')> = {
  CreateEventBus: {
    name: [required, ...BUS_NAME],
    eventSourceName: [pattern('aws\\.partner(/[\\.\\-_A-Za-z0-9]+){2,}'), length(1, 256)],
    ...BUS_SETTINGS,
    'tags.*': TAG,
  },
  UpdateEventBus: { name: BUS_NAME, ...BUS_SETTINGS },
  DeleteEventBus: { name: [required, ...BUS_NAME] },
  DescribeEventBus: { name: BUS_NAME_OR_ARN },
  ListEventBuses: { namePrefix: BUS_NAME, ...PAGE },
  PutPermission: {
    ...PERMITTED_BUS,
    action: [pattern('events:[a-zA-Z]+'), length(1, 64)],
    principal: [pattern('(\\d{12}|\\*)'), length(1, 12)],
    statementId: STATEMENT_ID,
    'condition.type': [required],
    'condition.key': [required],
    'condition.value': [required],
  },
  RemovePermission: { statementId: STATEMENT_ID, ...PERMITTED_BUS },
  PutRule: {
    name: [required, ...RULE_NAME],
    scheduleExpression: [length(0, 256)],
    eventPattern: [PATTERN],
    state: [oneOf(RULE_STATES)],
    description: [length(0, 512)],
    roleArn: [ARN],
    'tags.*': TAG,
    eventBusName: BUS_NAME_OR_ARN,
  },
  DescribeRule: RULE_OF_BUS,
  DeleteRule: RULE_OF_BUS,
  EnableRule: RULE_OF_BUS,
  DisableRule: RULE_OF_BUS,
  ListRules: { namePrefix: RULE_NAME, eventBusName: BUS_NAME_OR_ARN, ...PAGE },
  ListRuleNamesByTarget: { targetArn: [required, ARN], eventBusName: BUS_NAME_OR_ARN, ...PAGE },
  PutTargets: {
    rule: [required, ...RULE_NAME],
    eventBusName: BUS_NAME_OR_ARN,
    targets: [required, length(1, 100)],
    'targets.*': {
      id: [required, ...RULE_NAME],
      arn: [required, ARN],
      roleArn: [ARN],
      input: [length(0, 8_192)],
      inputPath: [length(0, 256)],
      'inputTransformer.inputPathsMap': [
        length(0, 100),
        keys(pattern('[A-Za-z0-9\\_\\-]+'), length(1, 256)),
        values(length(0, 256)),
      ],
      'inputTransformer.inputTemplate': [required, length(1, 8_192)],
      'sqsParameters.messageGroupId': [length(0, 100)],
      'deadLetterConfig.arn': [ARN],
      'retryPolicy.maximumRetryAttempts': [range(0, 185)],
      'retryPolicy.maximumEventAgeInSeconds': [range(60, 86_400)],
    },
  },
  RemoveTargets: {
    rule: [required, ...RULE_NAME],
    eventBusName: BUS_NAME_OR_ARN,
    ids: [required, length(1, 100), elements(...RULE_NAME)],
  },
  ListTargetsByRule: { rule: [required, ...RULE_NAME], eventBusName: BUS_NAME_OR_ARN, ...PAGE },
  PutEvents: {
    entries: [required, length(1, 10)],
    'entries.*': {
      resources: [elements(length(0, 2_048))],
      eventBusName: ENTRY_BUS,
      traceHeader: [length(1, 500)],
    },
    endpointId: [pattern('^[A-Za-z0-9\\-]+[\\.][A-Za-z0-9\\-]+$'), length(1, 50)],
  },
  TestEventPattern: { eventPattern: [required, PATTERN], event: [required] },
  CreateArchive: {
    archiveName: [required, ...ARCHIVE_NAME],
    eventSourceArn: [required, ...SOURCE_ARN],
    description: DESCRIPTION,
    eventPattern: [PATTERN],
    retentionDays: RETENTION,
    kmsKeyIdentifier: KEY,
  },
  UpdateArchive: {
    archiveName: [required, ...ARCHIVE_NAME],
    description: DESCRIPTION,
    eventPattern: [PATTERN],
    retentionDays: RETENTION,
    kmsKeyIdentifier: KEY,
  },
  DeleteArchive: { archiveName: [required, ...ARCHIVE_NAME] },
  DescribeArchive: { archiveName: [required, ...ARCHIVE_NAME] },
  ListArchives: {
    namePrefix: ARCHIVE_NAME,
    eventSourceArn: SOURCE_ARN,
    state: [oneOf(['ENABLED', 'DISABLED', 'CREATING', 'UPDATING', 'CREATE_FAILED', 'UPDATE_FAILED'])],
    ...PAGE,
  },
  StartReplay: {
    replayName: [required, ...REPLAY_NAME],
    description: DESCRIPTION,
    eventSourceArn: [required, ...SOURCE_ARN],
    eventStartTime: [required],
    eventEndTime: [required],
    destination: [required],
    'destination.arn': [required, ARN],
    'destination.filterArns': [elements(ARN)],
  },
  CancelReplay: { replayName: [required, ...REPLAY_NAME] },
  DescribeReplay: { replayName: [required, ...REPLAY_NAME] },
  ListReplays: { namePrefix: REPLAY_NAME, state: [oneOf(REPLAY_STATES)], eventSourceArn: SOURCE_ARN, ...PAGE },
  TagResource: { resourceARN: [required, ARN], tags: [required], 'tags.*': TAG },
  UntagResource: { resourceARN: [required, ARN], tagKeys: [required, elements(length(1, 128))] },
  ListTagsForResource: { resourceARN: [required, ARN] },
};

/** Throws ValidationException with all that is broken; events are printed as AWS prints them. */
export function validateEvents(checks: readonly Check[]): void {
  validate(
    checks.map((check) =>
      // SAFE: by the model of PutEvents.
      check.path === 'entries' && Array.isArray(check.value)
        ? { ...check, value: (check.value as PutEventsRequestEntry[]).map(printedEntry) }
        : check,
    ),
  );
}
