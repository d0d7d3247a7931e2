import { BACKOFFS, type Backoff, type RetrySchedule } from './retry-schedule.ts';

/** How HTTP endpoints are tried again (Amazon SNS Developer Guide, Creating an HTTP/S delivery policy). In AWS's words. */
export interface RetryPolicy {
  readonly minDelayTarget: number;
  readonly maxDelayTarget: number;
  readonly numRetries: number;
  readonly numMaxDelayRetries: number;
  readonly numNoDelayRetries: number;
  readonly numMinDelayRetries: number;
  readonly backoffFunction: Backoff;
}

export interface EffectivePolicy {
  readonly retry: RetryPolicy;
  readonly contentType: string;
  readonly receivesPerSecondMax: number | undefined;
}

const DEFAULT_RETRY: RetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: 'linear',
};
export const DEFAULT_CONTENT_TYPE = 'text/plain; charset=UTF-8';

/** Why a delivery policy is not one, as AWS says it. */
export class DeliveryPolicyFlaw extends Error {}

/** A topic's policy, as it is told when read back. Throws `DeliveryPolicyFlaw`. */
export function readTopicPolicy(json: string): Json {
  const policy = parse(json);
  const { http } = policy;
  if (!isJson(http)) throw new DeliveryPolicyFlaw('Unexpected JSON member');
  onlyMembers(policy, ['http']);
  onlyMembers(http, [
    'defaultHealthyRetryPolicy',
    'defaultThrottlePolicy',
    'defaultRequestPolicy',
    'disableSubscriptionOverrides',
  ]);
  checkParts(http.defaultHealthyRetryPolicy, http.defaultThrottlePolicy, http.defaultRequestPolicy);
  return {
    http: {
      ...(http.defaultHealthyRetryPolicy === undefined
        ? {}
        : { defaultHealthyRetryPolicy: http.defaultHealthyRetryPolicy }),
      disableSubscriptionOverrides: http.disableSubscriptionOverrides ?? false,
      ...(http.defaultThrottlePolicy === undefined ? {} : { defaultThrottlePolicy: http.defaultThrottlePolicy }),
      ...(http.defaultRequestPolicy === undefined ? {} : { defaultRequestPolicy: http.defaultRequestPolicy }),
    },
  };
}

/** A subscription's policy, as it is told when read back. Throws `DeliveryPolicyFlaw`. */
export function readSubscriptionPolicy(json: string): Json {
  const policy = parse(json);
  onlyMembers(policy, ['healthyRetryPolicy', 'sicklyRetryPolicy', 'throttlePolicy', 'requestPolicy', 'guaranteed']);
  checkParts(policy.healthyRetryPolicy, policy.throttlePolicy, policy.requestPolicy);
  return {
    healthyRetryPolicy: policy.healthyRetryPolicy ?? null,
    sicklyRetryPolicy: policy.sicklyRetryPolicy ?? null,
    throttlePolicy: policy.throttlePolicy ?? null,
    requestPolicy: policy.requestPolicy ?? null,
    guaranteed: policy.guaranteed ?? false,
  };
}

/** What rules deliveries: the subscription's policy, unless the topic forbids it, over the topic's, over the defaults. */
export function effectivePolicy(
  topicPolicy: string | undefined,
  subscriptionPolicy: string | undefined,
): EffectivePolicy {
  const http = membersOf(topicPolicy === undefined ? undefined : parse(topicPolicy).http);
  const own =
    subscriptionPolicy === undefined || http.disableSubscriptionOverrides === true ? {} : parse(subscriptionPolicy);
  const throttle = membersOf(own.throttlePolicy ?? http.defaultThrottlePolicy).maxReceivesPerSecond;
  const contentType =
    membersOf(own.requestPolicy).headerContentType ?? membersOf(http.defaultRequestPolicy).headerContentType;
  return {
    // SAFE: `checkParts` has seen to the numbers of each.
    retry: { ...DEFAULT_RETRY, ...membersOf(own.healthyRetryPolicy ?? http.defaultHealthyRetryPolicy) } as RetryPolicy,
    contentType: typeof contentType === 'string' ? contentType : DEFAULT_CONTENT_TYPE,
    receivesPerSecondMax: typeof throttle === 'number' ? throttle : undefined,
  };
}

/** As GetTopicAttributes tells it. */
export function effectiveTopicPolicy(topicPolicy: string | undefined): Json {
  const http = membersOf(topicPolicy === undefined ? undefined : parse(topicPolicy).http);
  const { retry, contentType, receivesPerSecondMax } = effectivePolicy(topicPolicy, undefined);
  return {
    http: {
      defaultHealthyRetryPolicy: retry,
      disableSubscriptionOverrides: http.disableSubscriptionOverrides ?? false,
      ...(receivesPerSecondMax === undefined
        ? {}
        : { defaultThrottlePolicy: { maxReceivesPerSecond: receivesPerSecondMax } }),
      defaultRequestPolicy: { headerContentType: contentType },
    },
  };
}

/** As GetSubscriptionAttributes tells it. */
export function effectiveSubscriptionPolicy(
  topicPolicy: string | undefined,
  subscriptionPolicy: string | undefined,
): Json {
  const { retry, contentType, receivesPerSecondMax } = effectivePolicy(topicPolicy, subscriptionPolicy);
  return {
    healthyRetryPolicy: retry,
    sicklyRetryPolicy: null,
    throttlePolicy: receivesPerSecondMax === undefined ? null : { maxReceivesPerSecond: receivesPerSecondMax },
    requestPolicy: { headerContentType: contentType },
    guaranteed: false,
  };
}

/** Retries at once, then at the shortest delay, then between both, then at the longest; numRetries is all of them. */
export function scheduleOf({ retry }: EffectivePolicy): RetrySchedule {
  const between = retry.numRetries - retry.numNoDelayRetries - retry.numMinDelayRetries - retry.numMaxDelayRetries;
  const minMs = retry.minDelayTarget * 1_000;
  const maxMs = retry.maxDelayTarget * 1_000;
  return {
    immediate: retry.numNoDelayRetries,
    before: { count: retry.numMinDelayRetries, ms: minMs },
    backoff: { count: Math.max(0, between), minMs, maxMs, kind: retry.backoffFunction },
    after: { count: retry.numMaxDelayRetries, ms: maxMs },
  };
}

export type Json = Readonly<Record<string, unknown>>;

const RETRY_MEMBERS = Object.keys(DEFAULT_RETRY);
/** Of the retries of one message (Developer Guide). */
const RETRY_SECONDS_MAX = 3_600;
const CONTENT_TYPES =
  /^(?:text\/(?:css|csv|html|plain|xml)|application\/(?:atom\+xml|json|octet-stream|soap\+xml|x-www-form-urlencoded|xhtml\+xml|xml)|message\/[\w.+-]+)(?:\s*;.*)?$/;

function checkParts(retry: unknown, throttle: unknown, request: unknown): void {
  if (isGiven(retry)) checkRetry(retry);
  if (isGiven(throttle)) {
    const { maxReceivesPerSecond: max } = members(throttle, ['maxReceivesPerSecond'], 'throttlePolicy');
    if (!isGiven(max)) return;
    if (!isWhole(max) || max < 1)
      throw new DeliveryPolicyFlaw('maxReceivesPerSecond must be greater than or equal to 1');
  }
  if (isGiven(request)) {
    const { headerContentType: type } = members(request, ['headerContentType'], 'requestPolicy');
    if (isGiven(type) && (typeof type !== 'string' || !CONTENT_TYPES.test(type)))
      throw new DeliveryPolicyFlaw('headerContentType is not valid');
  }
}

function checkRetry(given: unknown): void {
  const named = members(given, RETRY_MEMBERS, 'healthyRetryPolicy');
  const retry = { ...DEFAULT_RETRY, ...named };
  for (const [name, min, max] of RETRY_RANGES) {
    const value = retry[name];
    if (!isWhole(value) || value < min || value > max)
      throw new DeliveryPolicyFlaw(`${name} must be between ${min} and ${max}`);
  }
  if (!BACKOFFS.includes(retry.backoffFunction)) throw new DeliveryPolicyFlaw('backoffFunction is not valid');
  if (retry.maxDelayTarget < retry.minDelayTarget)
    throw new DeliveryPolicyFlaw('maxDelayTarget must be greater than or equal to minDelayTarget');
  if (retry.numNoDelayRetries + retry.numMinDelayRetries + retry.numMaxDelayRetries > retry.numRetries)
    throw new DeliveryPolicyFlaw('numRetries must be greater than or equal to the sum of the retries of its phases');
  const seconds =
    retry.minDelayTarget * retry.numMinDelayRetries +
    retry.maxDelayTarget * (retry.numRetries - retry.numNoDelayRetries - retry.numMinDelayRetries);
  if (seconds > RETRY_SECONDS_MAX)
    throw new DeliveryPolicyFlaw(`the total policy retry time cannot be greater than ${RETRY_SECONDS_MAX} seconds`);
}

const RETRY_RANGES = [
  ['minDelayTarget', 1, 3_600],
  ['maxDelayTarget', 1, 3_600],
  ['numRetries', 0, 100],
  ['numNoDelayRetries', 0, 100],
  ['numMinDelayRetries', 0, 100],
  ['numMaxDelayRetries', 0, 100],
] as const;

function parse(json: string): Json {
  let policy: unknown;
  try {
    policy = JSON.parse(json);
  } catch (cause) {
    throw new DeliveryPolicyFlaw('failed to parse JSON', { cause });
  }
  if (!isJson(policy)) throw new DeliveryPolicyFlaw('failed to parse JSON');
  return policy;
}

function members(value: unknown, names: readonly string[], what: string): Json {
  if (!isJson(value)) throw new DeliveryPolicyFlaw(`${what} must be an object`);
  onlyMembers(value, names);
  return value;
}

function onlyMembers(value: Json, names: readonly string[]): void {
  const other = Object.keys(value).find((name) => !names.includes(name));
  if (other !== undefined) throw new DeliveryPolicyFlaw(`Unexpected JSON member: ${other}`);
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;
const isWhole = (value: unknown): value is number => Number.isInteger(value);
const membersOf = (value: unknown): Json => (isJson(value) ? value : {});

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
