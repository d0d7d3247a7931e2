import type { IncomingHttpHeaders } from 'node:http';
import { Malformed } from './codecs/malformed.ts';
import type { Model, Operation } from './schema.ts';
import type { ServiceDefinition } from './service.ts';

/** What of a request decides which REST operation it is. */
export interface RoutedRequest {
  readonly method: string;
  /** Raw path, still percent-encoded. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: IncomingHttpHeaders;
  /** S3: the bucket that the host names, `<bucket>.s3.…`. */
  readonly hostBucket: string | undefined;
}

export interface Match {
  readonly operation: Operation;
  readonly labels: ReadonlyMap<string, string>;
  /** It came by a former route: its members stand in the query. */
  readonly isFormer?: boolean;
}

type Router = (request: RoutedRequest) => Match | undefined;

interface Route {
  readonly operation: Operation;
  readonly method: string;
  readonly segments: readonly Segment[];
  /** `?acl` and `?list-type=2` of the template; the first says nothing of the value. */
  readonly literals: readonly (readonly [name: string, value: string | undefined])[];
  readonly requiredQuery: readonly string[];
  readonly requiredHeaders: readonly string[];
  /** S3's templates leave the bucket out: it stands in the host or before the path. */
  readonly inBucket: boolean;
}

type Segment = { readonly kind: 'literal' | 'label' | 'greedy'; readonly text: string };

/** Tells the REST operation of a request. Throws `Malformed` when a label is not percent-encoded correctly. */
export function createRouter(service: ServiceDefinition, model: Model): Router {
  const routes = [...model.operations.values()].flatMap((operation) => routeOf(service, operation));
  const former = service.formerRoutes ?? [];
  return (request) => {
    const old = former.find(
      ({ method, path }) => method === request.method && path === request.path.replace(/\/$/, ''),
    );
    const oldOperation = old && model.operations.get(old.operation);
    if (oldOperation !== undefined) return { operation: oldOperation, labels: new Map(), isFormer: true };
    const inBucket = service.dialect === 's3' ? splitBucket(request) : undefined;
    // At a host that names a bucket, every operation is one on that bucket.
    const outside = request.hostBucket === undefined ? { bucket: undefined, path: request.path } : undefined;
    const found = routes
      .filter((route) => route.method === request.method && literalsFit(route, request))
      .flatMap((route) => {
        const place = route.inBucket ? inBucket : outside;
        const segments = place === undefined ? undefined : fit(route.segments, place.path);
        return place === undefined || segments === undefined ? [] : [{ route, ...place, segments }];
      });
    // Several of S3's operations share method and path, and differ in what they require: PutObject, CopyObject, UploadPart.
    const [best] = found.sort((a, b) => compare(rank(b.route, request), rank(a.route, request)));
    if (best === undefined) return undefined;
    const labels = new Map([...best.segments].map(([name, text]) => [name, decode(text)]));
    if (best.bucket !== undefined) labels.set('Bucket', decode(best.bucket));
    return { operation: best.route.operation, labels };
  };
}

function routeOf(service: ServiceDefinition, operation: Operation): Route[] {
  if (operation.http === undefined) return [];
  const [method, template] = operation.http;
  const [path = '', query = ''] = template.split('?');
  const required = (operation.input?.members ?? []).filter((member) => member.required);
  return [
    {
      operation,
      method,
      segments: path.split('/').slice(1).map(segmentOf),
      literals: query === '' ? [] : query.split('&').map(literalOf),
      requiredQuery: required.flatMap(({ traits }) => traits.httpQuery ?? []),
      requiredHeaders: required.flatMap(({ traits }) => traits.httpHeader?.toLowerCase() ?? []),
      inBucket:
        service.dialect === 's3' && required.some(({ name, traits }) => name === 'Bucket' && traits.httpLabel === 1),
    },
  ];
}

function segmentOf(text: string): Segment {
  if (!text.startsWith('{')) return { kind: 'literal', text };
  return text.endsWith('+}') ? { kind: 'greedy', text: text.slice(1, -2) } : { kind: 'label', text: text.slice(1, -1) };
}

function literalOf(text: string): readonly [string, string | undefined] {
  const [name = '', value] = text.split('=');
  return [name, value];
}

function literalsFit({ operation, literals }: Route, { query }: RoutedRequest): boolean {
  const id = query.find(([name]) => name === 'x-id');
  // The JavaScript SDK names S3's operation in `x-id`; other clients do not, so its absence says nothing.
  if (id !== undefined && literals.some(([name]) => name === 'x-id') && id[1] !== operation.name) return false;
  return literals
    .filter(([name]) => name !== 'x-id')
    .every(([name, value]) => query.some((given) => given[0] === name && (value === undefined || given[1] === value)));
}

/** How well a route that fits suits, the weightiest reason first. */
function rank(route: Route, { query, headers }: RoutedRequest): number[] {
  const names = new Set(query.map(([name]) => name));
  const present =
    route.requiredQuery.filter((name) => names.has(name)).length +
    route.requiredHeaders.filter((name) => headers[name] !== undefined).length;
  const missing = route.requiredQuery.length + route.requiredHeaders.length - present;
  return [
    route.literals.filter(([name]) => name !== 'x-id').length,
    missing === 0 ? 1 : 0,
    present,
    route.segments.filter(({ kind }) => kind === 'literal').length,
  ];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

/** The labels' raw texts, if the path has the template's form. */
function fit(template: readonly Segment[], path: string): Map<string, string> | undefined {
  const labels = new Map<string, string>();
  const parts = path.split('/').slice(1);
  for (const [index, { kind, text }] of template.entries()) {
    const part = parts[index];
    if (part === undefined) return undefined;
    if (kind === 'greedy') {
      const rest = parts.slice(index).join('/');
      if (rest === '') return undefined;
      return labels.set(text, rest);
    }
    if (kind === 'literal' ? part !== text : part === '') return undefined;
    if (kind === 'label') labels.set(text, part);
  }
  // A slash at the end is the same path: older SDKs have it in their templates.
  const rest = parts.slice(template.length);
  return rest.length === 0 || (rest.length === 1 && rest[0] === '') ? labels : undefined;
}

function splitBucket({ hostBucket, path }: RoutedRequest): { bucket: string; path: string } | undefined {
  if (hostBucket !== undefined) return { bucket: hostBucket, path };
  const end = path.indexOf('/', 1);
  const bucket = end < 0 ? path.slice(1) : path.slice(1, end);
  if (bucket === '') return undefined;
  return { bucket, path: end < 0 ? '/' : path.slice(end) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new Malformed('The path is not percent-encoded correctly', { cause: error });
  }
}
