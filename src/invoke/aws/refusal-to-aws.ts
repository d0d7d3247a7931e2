import { AwsError } from '../../wire/aws-error.ts';
import { type InvokeRefusal, RECURSIVE_TEXT } from '../refusal.ts';

/** Within a second a bucket has what one more request takes; when a place is free, nobody knows. */
const RETRY_AFTER_SECONDS = '1';

/** AWS's answer to each refusal (lambda-facts 2, 4.1, 6). No default branch: a new refusal does not compile without its answer. */
export function refusalToAws(refusal: InvokeRefusal): AwsError {
  switch (refusal.kind) {
    case 'no-such-function':
      return new AwsError('ResourceNotFoundException', `Function not found: ${refusal.arn}`);
    case 'not-active':
      return notActive(refusal);
    case 'restoring':
      return restoring(refusal);
    case 'payload-too-large':
      return new AwsError(
        'RequestTooLargeException',
        `${refusal.bytes} byte payload is too large for the ${refusal.type} invocation type (limit ${refusal.bytesMax} bytes)`,
      );
    case 'payload-not-json':
      return new AwsError(
        'InvalidRequestContentException',
        `Could not parse request body into json: Could not parse payload into json: ${refusal.reason}`,
      );
    case 'throttled':
      return new AwsError('TooManyRequestsException', 'Rate Exceeded.', {
        members: { Reason: refusal.reason, retryAfterSeconds: RETRY_AFTER_SECONDS },
      });
    case 'recursive':
      return new AwsError('RecursiveInvocationException', RECURSIVE_TEXT);
    case 'not-restored':
      return refusal.timedOut
        ? new AwsError('SnapStartTimeoutException', "Lambda couldn't restore the snapshot within the timeout limit.")
        : new AwsError(
            'SnapStartException',
            'The afterRestore() runtime hook encountered an error. For more information, check the Amazon CloudWatch logs.',
          );
    case 'unavailable':
      return new AwsError(
        'ServiceException',
        'The execution environment could not be started. The server log says why.',
        {
          cause: refusal.cause,
        },
      );
  }
}

/**
 * AWS: 409 in each case, and the next one is answered once the function is Active (API reference of Invoke; texts:
 * snapstart-troubleshooting, and for code in general as its users report it, for example boto3's issue 3788).
 */
function restoring({ arn, snapStart, failure }: Extract<InvokeRefusal, { kind: 'restoring' }>): AwsError {
  if (failure !== undefined) {
    return new AwsError(
      'CodeArtifactUserFailedException',
      `The function ${arn} is inactive. It is being brought back once more, which failed the last time: ${failure.reason}`,
    );
  }
  return snapStart
    ? new AwsError(
        'SnapStartNotReadyException',
        'Lambda is initializing your function. It will be ready to invoke once your function state becomes ACTIVE.',
      )
    : new AwsError(
        'CodeArtifactUserPendingException',
        'Lambda is initializing your function. It will be ready to invoke shortly.',
      );
}

function notActive(refusal: Extract<InvokeRefusal, { kind: 'not-active' }>): AwsError {
  const because = refusal.reason === undefined ? '' : `: ${refusal.reason}`;
  if (refusal.state === 'Failed' && refusal.reasonCode === 'InvalidRuntime') {
    return new AwsError('InvalidRuntimeException', `The function ${refusal.arn} cannot run${because}`);
  }
  return new AwsError(
    'ResourceConflictException',
    `The operation cannot be performed at this time. The function is currently in the following state: ${refusal.state}${refusal.state === 'Failed' ? because : ''}`,
  );
}
