import { AwsError } from '../../../wire/aws-error.ts';
import type { LogsRefusal } from '../refusal.ts';
import { notYet } from './words.ts';

/** AWS's code and text for each refusal. The texts are as clients have recorded them. */
export function refusalToAws(refusal: LogsRefusal, cause: unknown): AwsError {
  const invalid = (message: string) => new AwsError('InvalidParameterException', message, { cause });
  switch (refusal.kind) {
    case 'no-such-group':
      return new AwsError('ResourceNotFoundException', 'The specified log group does not exist.', { cause });
    case 'no-such-stream':
      return new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.', { cause });
    case 'group-exists':
      return new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists', { cause });
    case 'stream-exists':
      return new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists', { cause });
    case 'invalid-pattern':
      return invalid('Invalid filter pattern');
    case 'no-such-filter':
      return new AwsError('ResourceNotFoundException', `The specified ${refusal.filter} filter does not exist.`, {
        cause,
      });
    case 'too-many-filters':
    case 'too-many-sessions':
    case 'too-many-queries':
    case 'too-many-policies':
      return new AwsError('LimitExceededException', 'Resource limit exceeded.', { cause });
    case 'no-such-policy':
      return new AwsError('ResourceNotFoundException', 'The specified resource policy does not exist.', { cause });
    case 'no-such-query':
      return new AwsError('ResourceNotFoundException', 'The specified query does not exist.', { cause });
    case 'query-ended':
      return invalid(`Query has already ended with the given status [${refusal.status}].`);
    case 'no-such-record':
      return invalid('The specified log record pointer is invalid.');
    case 'malformed-query': {
      const { message, start, end } = refusal;
      const location = { startCharOffset: start, endCharOffset: end };
      return new AwsError('MalformedQueryException', message, {
        cause,
        members: { queryCompileError: { location, message } },
      });
    }
    case 'unsupported-query':
      return notYet(refusal.what);
    case 'not-chronological':
      return invalid('Log events in a single PutLogEvents request must be in chronological order.');
    case 'span-too-long':
      return invalid('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
    case 'event-too-large':
      return invalid(`Log event too large: ${refusal.bytes} bytes exceeds limit of ${refusal.bytesMax}`);
    case 'upload-too-large':
      return invalid(`Upload too large: ${refusal.bytes} bytes exceeds limit of ${refusal.bytesMax}`);
    case 'not-stored':
      return new AwsError('ServiceUnavailableException', 'The service cannot complete the request.', { cause });
  }
}
