import { errorToAws as functionErrorToAws, invalid } from '../../functions/aws/refusal-to-aws.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { type Existing, type MappingRefusal, MappingRefused } from '../refusal.ts';
import { MEMBERS } from './members.ts';

/** The error that the client gets, for whatever an operation threw. */
export function errorToAws(error: unknown): unknown {
  return error instanceof MappingRefused ? refusalToAws(error.refusal) : functionErrorToAws(error);
}

/**
 * No default branch: a new refusal does not compile until it has its AWS answer. Texts: lambda-facts 13.2, and where
 * it is silent what AWS's clients report. What says `ours` could be found nowhere.
 */
export function refusalToAws(refusal: MappingRefusal): AwsError {
  switch (refusal.kind) {
    case 'no-such-mapping':
      return new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.');
    case 'mapping-in-use':
      return new AwsError(
        'ResourceInUseException',
        `Cannot ${refusal.wanted} the event source mapping because it is in use.`,
      );
    case 'no-such-function':
      return invalid('Function does not exist');
    case 'no-such-queue':
      return invalid(
        'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.',
      );
    case 'queue-not-readable':
      return invalid('The provided execution role does not have permissions to call ReceiveMessage on SQS');
    case 'visibility-too-short': {
      const [visibility, timeout] = [refusal.visibilityMs, refusal.timeoutMs].map((ms) => ms / 1_000);
      return invalid(
        `Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${timeout} seconds`,
      );
    }
    case 'unknown-source':
      return invalid('Unrecognized event source.');
    case 'two-sources': // Ours.
      return invalid('Give either EventSourceArn or SelfManagedEventSource, not both.');
    case 'source-elsewhere': // Ours.
      return invalid(
        `The event source ${refusal.arn} is not in the region of the function. It is expected to be in region ${refusal.region}.`,
      );
    case 'setting-not-supported':
      return unsupported(MEMBERS[refusal.setting]);
    case 'setting-missing':
      return invalid(`Required '${MEMBERS[refusal.setting]}' parameter is missing.`);
    case 'no-start':
      return invalid(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
      );
    case 'start-of-queue':
      return refusal.source === 'sqs'
        ? invalid('StartingPosition is not valid for SQS event sources.')
        : unsupported('startingPosition');
    case 'start-not-supported':
      return invalid(`Unsupported starting position for arn type: ${refusal.arn}`);
    case 'no-start-timestamp':
      return invalid('Need to specify a timestamp');
    case 'start-in-future': // Ours, after the API's reference.
      return invalid('StartingPositionTimestamp cannot be in the future.');
    case 'window-missing':
      return invalid('Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10');
    case 'window-of-fifo':
      return invalid('Batching window is not supported for FIFO queues');
    case 'batch-size-of-fifo': // What AWS answered for every queue while none could have more.
      return invalid(`Maximum batch size must be between 1 and ${refusal.max} inclusive`);
    case 'record-age': // Ours, after the API's reference.
      return invalid('MaximumRecordAgeInSeconds must be -1, or at least 60.');
    case 'invalid-filter':
      return invalid('Invalid filter pattern definition.');
    case 'too-many-filters': // Ours.
      return invalid(`An event source mapping has at most ${refusal.max} filters.`);
    case 'destination-of-other-source': // Ours.
      return invalid(`Only Kafka event sources can have the destination ${refusal.destination}.`);
    case 'metric-of-other-source': // Ours.
      return invalid(`Only Kafka event sources have the metric ${refusal.metric}.`);
    case 'access-of-other-source': // Ours.
      return invalid(`The source access configuration ${refusal.type} is not supported for this event source.`);
    case 'pollers-and-concurrency': // Ours.
      return invalid('ScalingConfig and ProvisionedPollerConfig cannot be used together.');
    case 'pollers-out-of-range': // Ours.
      return invalid(
        `MinimumPollers must be at least ${refusal.minMin}, MaximumPollers at most ${refusal.maxMax} and not less than MinimumPollers.`,
      );
    case 'poller-group-of-other-source': // Ours.
      return invalid('Only Kafka event sources have a PollerGroupName.');
    case 'schema-registry-without-pollers': // Ours.
      return invalid('SchemaRegistryConfig needs a ProvisionedPollerConfig.');
    case 'mapping-exists':
      return new AwsError('ResourceConflictException', `${there(refusal.of)}${refusal.id}`);
  }
}

/** As AWS names a member that this kind of source does not have, for example maximumBatchingWindowInSeconds. */
export function unsupported(member: string): AwsError {
  // Recorded without quotes for this one.
  const named = member === 'destinationConfig' ? 'DestinationConfig' : `'${member}'`;
  return invalid(`Unsupported ${named} parameter for given event source mapping type.`);
}

/** The blanks and quotes are AWS's. Recorded for queues, streams and Kafka clusters; MSK and MQ are told like the last. */
function there(of: Existing): string {
  const advice = 'already exists. Please update or delete the existing mapping with UUID ';
  switch (of.source) {
    case 'queue':
      return `An event source mapping with SQS arn (" ${of.arn} ") and function (" ${of.functionName} ") ${advice}`;
    case 'stream':
      return `The event source arn (" ${of.arn} ") and function (" ${of.functionName} ") provided mapping ${advice}`;
    case 'broker':
      return `An event source mapping with event source ("${of.from}"), function ("${of.functionArn}"), ${of.channel} ("${of.names.join(',')}") ${advice}`;
  }
}
