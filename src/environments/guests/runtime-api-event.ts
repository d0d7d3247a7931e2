import type { ServerResponse } from 'node:http';
import type { Invocation } from '../spec.ts';

/** Answers a runtime's `next` with an event: the payload as it is, and what the context is made of as headers. */
export function deliverEvent(response: ServerResponse, invocation: Invocation, deadlineMs: number): void {
  const { event, traceId, clientContext, cognitoIdentity } = invocation;
  // Names and values in turn: this is on the way of every invocation, and Node takes such a list as it stands.
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(event.length)];
  headers.push('Lambda-Runtime-Aws-Request-Id', invocation.requestId);
  headers.push('Lambda-Runtime-Deadline-Ms', String(Math.ceil(deadlineMs)));
  headers.push('Lambda-Runtime-Invoked-Function-Arn', invocation.invokedArn);
  if (traceId) headers.push('Lambda-Runtime-Trace-Id', traceId);
  if (clientContext) headers.push('Lambda-Runtime-Client-Context', headerText(clientContext));
  if (cognitoIdentity) headers.push('Lambda-Runtime-Cognito-Identity', headerText(cognitoIdentity));
  response.writeHead(200, headers);
  response.end(event);
}

/** A JSON text as a header: its UTF-8 bytes; what breaks a header can only be white space of JSON, or no JSON at all. */
function headerText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a header must not hold.
  return Buffer.from(text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ')).toString('latin1');
}
