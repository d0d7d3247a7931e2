import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticate } from '../wire/authenticate.ts';
import { AwsError } from '../wire/aws-error.ts';

const PATH = '/_lambent/metrics';

export interface MetricsDoorPorts {
  readonly authenticate: Authenticate;
  text(account: string): string;
  writeError(response: ServerResponse, error: unknown): void;
}

/**
 * The caller's own metrics in Prometheus's text format, for a request that is signed as one to CloudWatch
 * (`curl --aws-sigv4 aws:amz:us-east-1:monitoring`). Not for functions, whose roles have no permission for it. Answers
 * false for all other requests, which it leaves untouched.
 */
export function metricsDoor({ authenticate, text, writeError }: MetricsDoorPorts) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const url = request.url ?? '';
    if (url.split('?', 1)[0] !== PATH || request.method !== 'GET') return false;
    request.resume();
    try {
      const { principal } = authenticate({
        method: 'GET',
        url,
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        expectedService: 'monitoring',
        body: Buffer.alloc(0),
      });
      if (principal.kind === 'assumed-role') throw new AwsError('AccessDeniedException', null);
      response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
      response.end(text(principal.account));
    } catch (error) {
      writeError(response, error);
    }
    return true;
  };
}
