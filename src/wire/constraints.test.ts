import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksOf, type MemberConstraints } from './constraints.ts';
import { range, required } from './validation.ts';

const FILTERS = { 'filterCriteria.filters.*': { pattern: [required], kMSKey: [required] } };

test('a member is found by the name that AWS gives it in errors', () =>
  check('functionName', { FunctionName: 'hello' }, [['functionName', 'hello']]));
test('a member whose name begins with a small letter', () =>
  check({ 'policyArns.*': { arn: [required] } }, { PolicyArns: [{ arn: 'a' }] }, [['policyArns.1.member.arn', 'a']]));
test('a name in capitals', () => check('kMSKeyArn', { KMSKeyArn: 'key' }, [['kMSKeyArn', 'key']]));
test('a member of a structure', () =>
  check('vpcConfig.subnetIds', { VpcConfig: { SubnetIds: ['a'] } }, [['vpcConfig.subnetIds', ['a']]]));
test('a member that is not given is checked, as it may be required', () => {
  check('functionName', {}, [['functionName', undefined]]);
  check('vpcConfig.subnetIds', { VpcConfig: {} }, [['vpcConfig.subnetIds', undefined]]);
});
test('what a structure requires is not missed where the structure itself is not given', () => {
  check('vpcConfig.subnetIds', {}, []);
  check('vpcConfig.subnetIds', { VpcConfig: null }, []);
  check('vpcConfig.subnetIds', { VpcConfig: undefined }, []);
});
test('members of every structure of a list, counted from 1, one structure after the other', () =>
  check(FILTERS, { FilterCriteria: { Filters: [{ Pattern: 'a', KMSKey: 1 }, {}] } }, [
    ['filterCriteria.filters.1.member.pattern', 'a'],
    ['filterCriteria.filters.1.member.kMSKey', 1],
    ['filterCriteria.filters.2.member.pattern', undefined],
    ['filterCriteria.filters.2.member.kMSKey', undefined],
  ]));
test('lists within structures of a list', () =>
  check({ 'a.*': { 'b.c.*': { d: [required] } } }, { A: [{ B: { C: [{ D: 1 }] } }, { B: {} }, {}] }, [
    ['a.1.member.b.c.1.member.d', 1],
  ]));
test('no list has no elements', () => {
  check(FILTERS, {}, []);
  check(FILTERS, { FilterCriteria: {} }, []);
  check(FILTERS, { FilterCriteria: { Filters: [] } }, []);
});
test('of a list without end so many elements are looked at as AWS’s largest list has', () => {
  const Filters = Array.from({ length: 10_001 }, () => ({}));
  assert.equal(checksOf(FILTERS, { FilterCriteria: { Filters } }).length, 20_000);
});
test('checks come in the order of the table', () =>
  assert.deepEqual(
    checksOf({ qualifier: [required], 'a.b': [], functionName: [range(1, 2)] }, { FunctionName: 3, A: {} }).map(
      ({ path, constraints }) => [path, constraints.length],
    ),
    [
      ['qualifier', 1],
      ['a.b', 0],
      ['functionName', 1],
    ],
  ));

function check(members: string | MemberConstraints, input: object, expected: [path: string, value: unknown][]): void {
  const checks = checksOf(typeof members === 'string' ? { [members]: [required] } : members, input);
  assert.deepEqual(
    checks.map(({ path, value }) => [path, value]),
    expected,
  );
}
