import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flawOfForm, readFormPolicy } from './form-policy.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const CONDITIONS = [{ bucket: 'b' }, ['starts-with', '$key', 'in/'], ['content-length-range', 1, 10]];

test('a form that keeps to its policy is taken', () => check({ bucket: 'b', key: 'in/a' }, undefined));
test('fields that nobody signed are refused, unless they are to be ignored', () => {
  check({ bucket: 'b', key: 'in/a', acl: 'private' }, 'Invalid according to Policy: Extra input fields: acl');
  check({ bucket: 'b', key: 'in/a', 'x-ignore-me': '1', policy: 'p', 'x-amz-signature': 's' }, undefined);
});
test('each condition must be met, by a field that is there', () => {
  const flaw = 'Invalid according to Policy: Policy Condition failed:';
  check({ bucket: 'c', key: 'in/a' }, `${flaw} ["eq", "$bucket", "b"]`);
  check({ bucket: 'b', key: 'out/a' }, `${flaw} ["starts-with", "$key", "in/"]`);
  check({ bucket: 'b' }, `${flaw} ["starts-with", "$key", "in/"]`);
});
test('a policy ends when it says', () => {
  check({ bucket: 'b', key: 'in/a' }, undefined, NOW_MS + 999);
  check({ bucket: 'b', key: 'in/a' }, 'Invalid according to Policy: Policy expired.', NOW_MS + 1_000);
});
test('what is no policy is none', () => {
  for (const json of [
    '',
    '[]',
    '{}',
    '{"expiration":"never","conditions":[]}',
    JSON.stringify({ expiration: '2026-01-01T00:00:01Z', conditions: [['like', '$key', 'a']] }),
    JSON.stringify({ expiration: '2026-01-01T00:00:01Z', conditions: [['eq', 'key', 'a']] }),
    JSON.stringify({ expiration: '2026-01-01T00:00:01Z', conditions: [['eq', '$key', { toString: 1 }]] }),
    JSON.stringify({ expiration: '2026-01-01T00:00:01Z', conditions: [{ key: { toString: 1 } }] }),
    JSON.stringify({ expiration: '2026-01-01T00:00:01Z', conditions: [['content-length-range', 'a', 2]] }),
  ]) {
    assert.equal(readFormPolicy(json), undefined, json);
  }
});

function check(fields: Record<string, string>, expected: string | undefined, nowMs = NOW_MS) {
  const policy = readFormPolicy(JSON.stringify({ expiration: '2026-01-01T00:00:01Z', conditions: CONDITIONS }));
  assert.ok(policy !== undefined);
  assert.deepEqual(policy.bytes, { min: 1, max: 10 });
  assert.equal(flawOfForm(policy, new Map(Object.entries(fields)), nowMs), expected);
}
