import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../../../wire/aws-error.ts';
import { parameters } from '../../../wire/codecs/query.ts';
import { hostBucket, scopedService } from '../../../wire/identify.ts';
import type { Bucket } from '../bucket.ts';
import { corsHeaders } from '../cors.ts';
import type { LazyS3, S3 } from '../s3.ts';
import { corsRules } from './cors-rules.ts';

export interface CorsDoorPorts {
  readonly s3: Pick<LazyS3, 'open' | 'isUsed'>;
  /** Of a question that is refused, and of whatever is wrong with the store. */
  writeError(response: ServerResponse, error: unknown): void;
}

/**
 * Answers browsers that ask whether another origin may reach a bucket, and adds to the answers of those that may what they
 * look for. Answers false for all but the questions: what it leaves untouched, or only adds headers to.
 */
export function corsDoor(ports: CorsDoorPorts) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    try {
      return answer(ports, request, response);
    } catch (error) {
      // A store that cannot be opened must not end the server.
      request.resume();
      ports.writeError(response, error);
      return true;
    }
  };
}

function answer({ s3, writeError }: CorsDoorPorts, request: IncomingMessage, response: ServerResponse): boolean {
  const { method = '', headers } = request;
  const { origin } = headers;
  if (origin === undefined || !s3.isUsed()) return false;
  const found = bucketOf(s3.open, request);
  if (found === undefined) return false;
  const rules = corsRules(s3.open(), found.bucket);
  if (method !== 'OPTIONS') {
    const allowing = rules && corsHeaders(rules, { origin, method, headers: [] });
    for (const [name, value] of Object.entries(allowing ?? {})) response.setHeader(name, value);
    return false;
  }
  request.resume();
  const asked = headers['access-control-request-method'];
  const error = (code: string, status: number, text: string) =>
    writeError(response, new AwsError(code, text, { status, members: { Method: asked, ResourceType: found.kind } }));
  if (asked === undefined) {
    error('BadRequest', 400, 'Invalid Access-Control-Request-Method: null');
    return true;
  }
  const named = namesIn(headers['access-control-request-headers']);
  const allowing = rules && corsHeaders(rules, { origin, method: asked, headers: named });
  if (allowing === undefined) {
    error('AccessForbidden', 403, rules === undefined ? NOT_ENABLED : NOT_ALLOWED);
    return true;
  }
  response.writeHead(200, { ...allowing, 'Content-Length': '0' });
  response.end();
  return true;
}

const NOT_ENABLED = 'CORSResponse: CORS is not enabled for this bucket.';
const NOT_ALLOWED =
  "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";

/** The bucket that a request is about, if it is about one. Browsers do not sign their questions. */
function bucketOf(s3: () => S3, request: IncomingMessage): { bucket: Bucket; kind: 'BUCKET' | 'OBJECT' } | undefined {
  const { method = '', url = '/', headers } = request;
  const [path = '/', query = ''] = url.split('?', 2);
  const scope = scopedService({ method, path, query: parameters(query), headers });
  if (scope !== undefined && scope !== 's3') return undefined;
  const hosted = hostBucket(headers.host);
  const [, first = '', ...rest] = path.split('/');
  const bucket = s3().store.buckets.find(hosted ?? first);
  const key = hosted === undefined ? rest.join('/') : path.slice(1);
  return bucket && { bucket, kind: key === '' ? 'BUCKET' : 'OBJECT' };
}

function namesIn(header: string | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
