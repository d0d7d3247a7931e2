import type { IncomingMessage, ServerResponse } from 'node:http';
import { functionUrlId } from '../functions/aws/function-url-address.ts';
import { AwsError } from '../wire/aws-error.ts';

export interface FunctionUrlDoorPorts {
  /** Whether there is a function URL with this id. */
  hasUrl(id: string): boolean;
  writeError(response: ServerResponse, error: AwsError): void;
}

/**
 * Answers requests to function URLs: that they are not served yet, or, as AWS does, that there is no such URL
 * (lambda-facts 12.2). Answers false for all others, which it leaves untouched.
 */
export function functionUrlDoor({ hasUrl, writeError }: FunctionUrlDoorPorts) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const id = functionUrlId(request.headers.host, request.url ?? '');
    if (id === undefined) return false;
    request.resume();
    writeError(
      response,
      hasUrl(id) ? new AwsError('NotImplemented', NOT_YET) : new AwsError('AccessDeniedException', null),
    );
    return true;
  };
}

const NOT_YET =
  'Lambent keeps function URLs, and does not serve requests to them yet. Call the function with Invoke until it does, for example: aws lambda invoke --function-name NAME answer.json';
