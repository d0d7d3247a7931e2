import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksOf } from './constraints.ts';
import { range, required } from './validation.ts';

test('a member is found by the name that AWS gives it in errors', () =>
  check('functionName', { FunctionName: 'hello' }, [['functionName', 'hello']]));
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
test('members of every structure of a list, counted from 1', () =>
  check('filterCriteria.filters.*.pattern', { FilterCriteria: { Filters: [{ Pattern: 'a' }, {}, { Pattern: 'c' }] } }, [
    ['filterCriteria.filters.1.member.pattern', 'a'],
    ['filterCriteria.filters.2.member.pattern', undefined],
    ['filterCriteria.filters.3.member.pattern', 'c'],
  ]));
test('no list has no elements', () => {
  check('filterCriteria.filters.*.pattern', { FilterCriteria: {} }, []);
  check('filterCriteria.filters.*.pattern', { FilterCriteria: { Filters: [] } }, []);
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

function check(path: string, input: object, expected: [path: string, value: unknown][]): void {
  const checks = checksOf({ [path]: [required] }, input);
  assert.deepEqual(
    checks.map(({ path, value }) => [path, value]),
    expected,
  );
}
