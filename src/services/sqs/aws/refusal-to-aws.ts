import { AwsError } from '../../../wire/aws-error.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { SqsRefusal } from '../refusal.ts';
import { invalidParameter, invalidValue } from './errors.ts';
import { attributeOfSetting, redriveText } from './queue-attributes.ts';

/** AWS's code and text for each refusal, as clients have recorded them where they have. */
export function refusalToAws(refusal: SqsRefusal, { headers }: Pick<RequestContext, 'headers'>): AwsError {
  switch (refusal.kind) {
    case 'no-such-queue': {
      // Recorded: the older protocol still has the words of its time.
      const isJson = headers['x-amz-target'] !== undefined;
      const end = isJson ? '.' : ' for this wsdl version.';
      return new AwsError('QueueDoesNotExist', `The specified queue does not exist${end}`);
    }
    case 'queue-differs':
      return new AwsError(
        'QueueNameExists',
        `A queue already exists with the same name and a different value for attribute ${attributeOfSetting(refusal.setting)}`,
      );
    case 'deleted-recently':
      return new AwsError(
        'QueueDeletedRecently',
        'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
      );
    case 'purged-recently':
      return new AwsError(
        'PurgeQueueInProgress',
        `Only one PurgeQueue operation on ${refusal.name} is allowed every 60 seconds.`,
      );
    case 'message-too-long':
      return invalidParameter(
        `One or more parameters are invalid. Reason: Message must be shorter than ${refusal.bytesMax} bytes.`,
      );
    case 'group-missing':
      return new AwsError(
        'MissingRequiredParameterException',
        'The request must contain the parameter MessageGroupId.',
      );
    case 'deduplication-id-missing':
      return invalidParameter(
        'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
      );
    case 'deduplication-id-refused':
      return invalidValue(
        refusal.id,
        'MessageDeduplicationId',
        'The request includes a parameter that is not valid for this queue type.',
      );
    case 'delay-refused':
      return invalidValue(
        refusal.seconds,
        'DelaySeconds',
        'The request include parameter that is not valid for this queue type.',
      );
    case 'too-many-in-flight':
      return new AwsError('OverLimit', 'The maximum number of in flight messages is reached.');
    case 'handle-invalid':
      return new AwsError(
        'ReceiptHandleIsInvalid',
        `The input receipt handle "${refusal.handle}" is not a valid receipt handle.`,
      );
    case 'handle-expired':
      return invalidValue(refusal.handle, 'ReceiptHandle', 'The receipt handle has expired.');
    case 'not-there':
      return invalidValue(
        refusal.handle,
        'ReceiptHandle',
        'Message does not exist or is not available for visibility timeout change.',
      );
    case 'invisible-too-long':
      return invalidValue(
        refusal.seconds,
        'VisibilityTimeout',
        'Total VisibilityTimeout for the message is beyond the limit [43200 seconds]',
      );
    case 'redrive-refused':
      return invalidValue(redriveText(refusal.redrive), 'RedrivePolicy', REDRIVE_REASONS[refusal.flaw]);
    case 'not-a-dead-letter-queue':
      return invalidParameter('Source queue must be configured as a Dead Letter Queue.');
    case 'no-such-source':
      return noSuchResource('SourceArn');
    case 'no-such-destination':
      return noSuchResource('DestinationArn');
    case 'destination-of-other-type':
      return invalidParameter('Source queue and destination queue must be of the same type.');
    case 'move-is-running':
      return invalidParameter(
        'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
      );
    case 'no-such-move':
      return new AwsError('ResourceNotFoundException', 'Task does not exist.');
    case 'move-is-over':
      return new AwsError('UnsupportedOperation', 'Only running tasks can be cancelled.');
  }
}

const REDRIVE_REASONS = {
  'does-not-exist': 'Dead letter target does not exist.',
  'other-type': 'Dead-letter target must be same type of queue as the source.',
  'other-owner': 'Dead-letter target owner should be same as the source.',
  'other-region': 'Dead-letter target must be in the same region as the source.',
  'not-allowed': 'The redrive allow policy of the dead-letter target does not allow this source.',
} as const;

function noSuchResource(parameter: string): AwsError {
  return new AwsError(
    'ResourceNotFoundException',
    `The resource that you specified for the ${parameter} parameter doesn't exist.`,
  );
}
