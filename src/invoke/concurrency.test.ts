import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Clock, systemClock } from '../lib/clock.ts';
import { type Admission, type Counting, counting } from './concurrency.ts';

const SHARED = 'ConcurrentInvocationLimitExceeded';
const RESERVED = 'ReservedFunctionConcurrentInvocationLimitExceeded';

test('the last place is given, the next caller is turned away, and a place given back is free again', () => {
  const { counts } = counter(2);
  const first = taken(counts);
  taken(counts);
  refused(counts, {}, SHARED);
  first[Symbol.dispose]();
  first[Symbol.dispose](); // Giving back twice frees one place only.
  assert.equal(counts.inFlight(), 1);
  taken(counts, { name: 'other' });
  refused(counts, {}, SHARED);
});

test('each account and region has its own places', () => {
  const { counts } = counter(1);
  taken(counts);
  taken(counts, { region: 'eu-west-1' });
  taken(counts, { account: '2' });
  refused(counts, { account: '2' }, SHARED);
});

describe('reserved concurrency', () => {
  test('is a limit, whatever the account has left', () => {
    const { counts } = counter(10);
    taken(counts, { reserved: 1, claimed: 1 });
    refused(counts, { reserved: 1, claimed: 1 }, RESERVED);
  });
  test('of nothing lets nothing through', () => {
    refused(counter(10).counts, { reserved: 0 }, RESERVED);
  });
  test('is there however busy the other functions are, and is missing to them', () => {
    const { counts } = counter(3);
    taken(counts, { name: 'other', claimed: 2 });
    refused(counts, { name: 'other', claimed: 2 }, SHARED);
    taken(counts, { reserved: 2, claimed: 2 });
    taken(counts, { reserved: 2, claimed: 2 });
    refused(counts, { reserved: 2, claimed: 2 }, RESERVED);
  });
  test('given up leaves running invocations where they were counted', () => {
    const { counts } = counter(1);
    const own = taken(counts, { reserved: 1, claimed: 1 });
    const shared = taken(counts);
    refused(counts, {}, SHARED);
    own[Symbol.dispose]();
    refused(counts, {}, SHARED);
    shared[Symbol.dispose]();
    taken(counts);
  });
});

describe('provisioned concurrency', () => {
  const provisioned = { provisionedBy: '1', provisioned: 2, provisionedTotal: 2, claimed: 2 };
  test('beyond it, invocations spill over to what the account has left', () => {
    const { counts } = counter(3);
    taken(counts, provisioned);
    taken(counts, provisioned);
    taken(counts, provisioned);
    refused(counts, provisioned, SHARED);
  });
  test('a free provisioned place is taken again before others', () => {
    const { counts } = counter(2);
    const first = taken(counts, provisioned);
    taken(counts, provisioned);
    refused(counts, provisioned, SHARED);
    first[Symbol.dispose]();
    taken(counts, provisioned);
  });
  test('belongs to its version alone', () => {
    const { counts } = counter(3);
    const latest = { ...provisioned, provisionedBy: undefined, provisioned: 0 };
    taken(counts, latest);
    refused(counts, latest, SHARED);
    taken(counts, provisioned);
  });
  test('of an alias is one for both of its versions', () => {
    const { counts } = counter(2);
    const ofAlias = { ...provisioned, provisionedBy: 'live' };
    const first = taken(counts, ofAlias);
    taken(counts, ofAlias);
    refused(counts, ofAlias, SHARED);
    first[Symbol.dispose]();
    taken(counts, ofAlias);
  });
  test('of all that is reserved leaves nothing to $LATEST', () => {
    const { counts } = counter(10);
    const reserved = { ...provisioned, reserved: 2 };
    refused(counts, { ...reserved, provisionedBy: undefined, provisioned: 0 }, RESERVED);
    taken(counts, reserved);
    taken(counts, reserved);
    refused(counts, reserved, RESERVED);
  });
});

describe('scaling', () => {
  test('a function grows by 1,000 environments at once, then by 100 a second, each function by itself', () => {
    const { counts, time } = counter(5_000);
    for (let at = 0; at < 1_000; at += 1) taken(counts);
    refused(counts, {}, SHARED);
    taken(counts, { name: 'other' });
    time.ms += 20;
    taken(counts);
    taken(counts);
    refused(counts, {}, SHARED);
    time.ms += 3_600_000; // What is not used is not saved up.
    for (let at = 0; at < 1_000; at += 1) taken(counts);
    refused(counts, {}, SHARED);
  });
  test('environments that were in use a while ago are there still, and later are not', () => {
    const { counts, time } = counter(5_000);
    const first = Array.from({ length: 1_000 }, () => taken(counts));
    for (const place of first) place[Symbol.dispose]();
    time.ms += 1_000;
    const second = Array.from({ length: 1_100 }, () => taken(counts));
    refused(counts, {}, SHARED);
    for (const place of second) place[Symbol.dispose]();
    time.ms += 3_600_000;
    for (let at = 0; at < 1_000; at += 1) taken(counts);
    refused(counts, {}, SHARED);
  });
});

test('the most at once of the last minutes counts, not only that of the moment', () => {
  const { counts, time } = counter(5_000);
  for (const place of Array.from({ length: 1_000 }, () => taken(counts))) place[Symbol.dispose]();
  time.ms += 300_000;
  for (let at = 0; at < 2_000; at += 1) taken(counts);
  refused(counts, {}, SHARED);
});

describe('requests a second', () => {
  test('are ten for each place of the account', () => {
    const { counts, time } = counter(2);
    for (let at = 0; at < 20; at += 1) taken(counts)[Symbol.dispose]();
    refused(counts, { name: 'other' }, 'FunctionInvocationRateLimitExceeded');
    time.ms += 50;
    taken(counts)[Symbol.dispose]();
    refused(counts, {}, 'FunctionInvocationRateLimitExceeded');
  });
  test('are ten for each reserved place', () => {
    const { counts, time } = counter(10);
    for (let at = 0; at < 10; at += 1) taken(counts, { reserved: 1 })[Symbol.dispose]();
    refused(counts, { reserved: 1 }, 'ReservedFunctionInvocationRateLimitExceeded');
    taken(counts, { name: 'other' });
    time.ms += 100;
    taken(counts, { reserved: 1 })[Symbol.dispose]();
    refused(counts, { reserved: 1 }, 'ReservedFunctionInvocationRateLimitExceeded');
  });
});

type Options = Partial<Omit<Admission, 'runnable'>> & {
  account?: string;
  region?: string;
  name?: string;
};

function counter(inFlightMax: number) {
  const time = { ms: 1 };
  const clock: Clock = { ...systemClock, monotonicMs: () => time.ms };
  return { counts: counting(inFlightMax, clock), time };
}

function admission({ account = '1', region = 'us-east-1', name = 'f', ...rest }: Options): Admission {
  const runnable = { account, region, functionArn: `arn:${region}:${account}:${name}` };
  return {
    runnable,
    reserved: undefined,
    provisioned: 0,
    provisionedBy: undefined,
    provisionedTotal: 0,
    claimed: 0,
    ...rest,
  };
}

function taken(counts: Counting, options: Options = {}): Disposable {
  const place = counts.admit(admission(options));
  assert.ok(typeof place !== 'string', `refused: ${place}`);
  return place;
}

function refused(counts: Counting, options: Options, reason: string): void {
  assert.equal(counts.admit(admission(options)), reason);
}
