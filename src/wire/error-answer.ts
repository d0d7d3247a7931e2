import { AwsError, UNMODELLED } from './aws-error.ts';
import { Malformed } from './codecs/malformed.ts';
import type { ErrorAnswer } from './protocols/protocol.ts';
import type { Model } from './schema.ts';
import type { ProtocolName, ServiceDefinition } from './service.ts';

/**
 * Decides code, status and text of what went wrong. Anything but an `AwsError` or a malformed request is our own
 * failure, and nothing of it leaves the house.
 */
export function decideError(
  error: unknown,
  requestId: string,
  service: ServiceDefinition,
  protocol: ProtocolName,
  model: Model | undefined,
): ErrorAnswer {
  const aws = translated(asAwsError(error, model), service, protocol, model);
  const shape = model?.errors.get(aws.code);
  return {
    code: aws.code,
    queryCode: shape?.queryCode ?? COMMON[aws.code]?.query[0] ?? aws.code,
    status: aws.status ?? shape?.status ?? UNMODELLED[aws.code] ?? 400,
    message: aws.wireMessage,
    shape,
    members: aws.members,
    requestId,
  };
}

/** Whether a failure is ours, so that an operator should see it. */
export function isOurs(error: unknown): boolean {
  return !(error instanceof AwsError || error instanceof Malformed);
}

function asAwsError(error: unknown, model: Model | undefined): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof Malformed) return new AwsError('SerializationException', error.message);
  // Lambda models its own; the others share the common code.
  const code = model?.errors.has('ServiceException') ? 'ServiceException' : 'InternalFailure';
  return new AwsError(code, 'An internal error occurred. Please retry your request.', { status: 500 });
}

type Words = readonly [code: string, status: number, message?: string];

/** Codes that JSON services share, in the words of older protocols: IAM's common errors, and S3's list of error codes. */
const COMMON: Readonly<Record<string, { readonly query: Words; readonly s3: Words }>> = {
  AccessDeniedException: { query: ['AccessDenied', 403], s3: ['AccessDenied', 403] },
  InternalFailure: {
    query: ['InternalFailure', 500],
    s3: ['InternalError', 500, 'We encountered an internal error. Please try again.'],
  },
  // SQS, as it was recorded: the query protocol has other codes than JSON for these two.
  InvalidParameterValueException: { query: ['InvalidParameterValue', 400], s3: ['InvalidArgument', 400] },
  MissingRequiredParameterException: { query: ['MissingParameter', 400], s3: ['InvalidRequest', 400] },
  RequestEntityTooLargeException: {
    query: ['RequestEntityTooLarge', 413],
    s3: ['MaxMessageLengthExceeded', 400, 'Your request was too large.'],
  },
  SerializationException: { query: ['MalformedInput', 400], s3: ['MalformedXML', 400] },
  UnknownOperationException: {
    query: ['InvalidAction', 400],
    s3: ['MethodNotAllowed', 405, 'The specified method is not allowed against this resource.'],
  },
  ValidationException: { query: ['ValidationError', 400], s3: ['InvalidArgument', 400] },
};

function translated(
  error: AwsError,
  service: ServiceDefinition,
  protocol: ProtocolName,
  model: Model | undefined,
): AwsError {
  if (model?.errors.has(error.code)) return error;
  const words = service.dialect === 's3' ? COMMON[error.code]?.s3 : COMMON[error.code]?.query;
  if (words === undefined || !(service.dialect === 's3' || protocol === 'awsQuery' || protocol === 'restXml'))
    return error;
  const [code, status, message] = words;
  return new AwsError(code, message ?? error.wireMessage, {
    status: error.status ?? status,
    members: { ...error.members },
  });
}
