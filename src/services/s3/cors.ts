/** The rules of a bucket for requests that browsers send from other origins. */
export const CORS_SETTING = 'cors';
/** AWS: PutBucketCors. */
export const CORS_RULES_MAX = 100;
export const CORS_METHODS = new Set(['GET', 'PUT', 'POST', 'DELETE', 'HEAD']);

export interface CorsRule {
  readonly id: string | undefined;
  /** With at most one `*` each. */
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  readonly exposed: readonly string[];
  readonly maxAgeS: number | undefined;
}

export interface CorsRequest {
  readonly origin: string;
  readonly method: string;
  /** That a browser asks for before it sends them; none of the request itself. */
  readonly headers: readonly string[];
}

/** Headers that allow the request, by the first rule that does; undefined: none does ("Using CORS", S3 user guide). */
export function corsHeaders(rules: readonly CorsRule[], request: CorsRequest): Record<string, string> | undefined {
  const { origin, method, headers } = request;
  const rule = rules.find(
    ({ origins, methods, headers: allowed }) =>
      origins.some((pattern) => isLike(pattern, origin)) &&
      methods.includes(method) &&
      headers.every((header) => allowed.some((pattern) => isLike(pattern.toLowerCase(), header.toLowerCase()))),
  );
  if (rule === undefined) return undefined;
  // Whoever lets everybody in gets no credentials; a named origin is told by its name.
  const isForAll = rule.origins.includes('*');
  return {
    'Access-Control-Allow-Origin': isForAll ? '*' : origin,
    'Access-Control-Allow-Methods': rule.methods.join(', '),
    ...(headers.length > 0 && { 'Access-Control-Allow-Headers': headers.join(', ').toLowerCase() }),
    ...(rule.exposed.length > 0 && { 'Access-Control-Expose-Headers': rule.exposed.join(', ') }),
    ...(rule.maxAgeS !== undefined && { 'Access-Control-Max-Age': String(rule.maxAgeS) }),
    ...(!isForAll && { 'Access-Control-Allow-Credentials': 'true' }),
    Vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

function isLike(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after);
}
