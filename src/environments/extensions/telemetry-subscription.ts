import { SANDBOX_API_PORT } from '../guests/sandbox-api.ts';
import { type Subscription, TELEMETRY_CATEGORIES, type TelemetryCategory } from './telemetry-event.ts';

/** AWS, "Lambda Telemetry API reference" and "Lambda Logs API". The Logs API takes the first version when none is given. */
const SCHEMA_VERSIONS: Readonly<Record<Subscription['api'], readonly string[]>> = {
  telemetry: ['2022-07-01', '2022-12-13', '2025-01-29'],
  logs: ['2020-08-15', '2021-03-18'],
};
const BUFFERING = {
  maxItems: { min: 1_000, max: 10_000, default: 10_000 },
  maxBytes: { min: 262_144, max: 1_048_576, default: 262_144 },
  timeoutMs: { min: 25, max: 30_000, default: 1_000 },
} as const;
/** Both mean the sandbox's own loopback, and nothing else can be meant. */
const HOSTS = ['sandbox.localdomain', 'sandbox'];

export type SubscriptionRead =
  | { kind: 'subscription'; subscription: Subscription }
  | { kind: 'invalid'; problems: readonly string[] };

/** Reads a subscription request. `body` is undefined when it was too long to be one. */
export function readSubscription(api: Subscription['api'], name: string, body: string | undefined): SubscriptionRead {
  const parsed = parse(body);
  if (parsed === undefined) return { kind: 'invalid', problems: ['request body is not a JSON object'] };
  const problems: string[] = [];
  const schemaVersion = readVersion(api, parsed.schemaVersion, problems);
  const types = readTypes(parsed.types, problems);
  const destination = readDestination(api, parsed.destination, problems);
  const buffering = readBuffering(parsed.buffering, problems);
  if (problems.length > 0 || destination === undefined) return { kind: 'invalid', problems };
  return { kind: 'subscription', subscription: { name, api, schemaVersion, types, destination, buffering } };
}

function parse(body: string | undefined): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(body ?? ''));
  } catch {
    return undefined; // No JSON: the caller says so.
  }
}

function readVersion(api: Subscription['api'], value: unknown, problems: string[]): string {
  const versions = SCHEMA_VERSIONS[api];
  const version = value ?? (api === 'logs' ? versions[0] : undefined);
  if (typeof version === 'string' && versions.includes(version)) return version;
  problems.push(
    version === undefined ? 'schemaVersion is not provided' : `schemaVersion should be one of ${versions.join(', ')}`,
  );
  return '';
}

function readTypes(value: unknown, problems: string[]): readonly TelemetryCategory[] {
  if (!Array.isArray(value) || value.length === 0) {
    problems.push('types should not be empty');
    return [];
  }
  const types = TELEMETRY_CATEGORIES.filter((category) => value.includes(category));
  const isKnown = (type: unknown) => (TELEMETRY_CATEGORIES as readonly unknown[]).includes(type);
  if (!value.every(isKnown)) problems.push(`types should be of ${TELEMETRY_CATEGORIES.join(', ')}`);
  return types;
}

function readDestination(
  api: Subscription['api'],
  value: unknown,
  problems: string[],
): Subscription['destination'] | undefined {
  const destination = asObject(value);
  if (destination === undefined) {
    problems.push('destination is not provided');
    return undefined;
  }
  if (destination.protocol === 'TCP') {
    const port = readPort(destination.port, 'port', problems);
    return port === undefined ? undefined : { kind: 'tcp', port };
  }
  if (destination.protocol !== 'HTTP') {
    problems.push('protocol should be one of HTTP, TCP');
    return undefined;
  }
  const { URI, method = 'POST' } = destination;
  if (typeof URI !== 'string' || URI === '') {
    problems.push('URI is not provided');
    return undefined;
  }
  if (method !== 'POST' && !(method === 'PUT' && api === 'logs')) {
    problems.push(`method should be ${api === 'logs' ? 'one of POST, PUT' : 'POST'}`);
    return undefined;
  }
  const url = URL.parse(URI);
  if (url === null || url.protocol !== 'http:' || !HOSTS.includes(url.hostname)) {
    problems.push(`URI should be http://${HOSTS[0]}:<port>`);
    return undefined;
  }
  if (url.port === '' && !/^http:\/\/[^/]*:80(?:[/?]|$)/i.test(URI)) {
    problems.push('URI port is not provided');
    return undefined;
  }
  const port = readPort(url.port === '' ? 80 : Number(url.port), 'URI port', problems);
  return port === undefined ? undefined : { kind: 'http', port, path: `${url.pathname}${url.search}`, method };
}

function readPort(value: unknown, what: string, problems: string[]): number | undefined {
  if (value === undefined) problems.push(`${what} is not provided`);
  else if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 65_535)
    problems.push(`${what} should be between 1 and 65535`);
  else if (value === SANDBOX_API_PORT) problems.push(`${what} ${SANDBOX_API_PORT} is reserved`);
  else return value;
  return undefined;
}

function readBuffering(value: unknown, problems: string[]): Subscription['buffering'] {
  const given = asObject(value ?? {});
  if (given === undefined) problems.push('buffering should be an object');
  const read = (field: keyof typeof BUFFERING): number => {
    const { min, max, default: usual } = BUFFERING[field];
    const number = given?.[field] ?? usual;
    if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
    problems.push(`${field} should be between ${min} and ${max}`);
    return usual;
  };
  return { maxItems: read('maxItems'), maxBytes: read('maxBytes'), timeoutMs: read('timeoutMs') };
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>; // SAFE: it has just been looked at.
}
