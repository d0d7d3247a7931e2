import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalHeaderValue, canonicalPath, canonicalQuery, canonicalS3Path } from './canonical.ts';

// The cases named `get-…` are those of AWS's published test suite for Signature Version 4.

test('a path is normalised and encoded once more than it was sent', () => {
  for (const [sent, signed] of [
    ['/', '/'],
    ['', '/'],
    ['/example/..', '/'], // get-relative
    ['/example1/example2/../..', '/'], // get-relative-relative
    ['/./', '/'], // get-slash-dot-slash
    ['//', '/'], // get-slash
    ['//example//', '/example/'], // get-slashes
    ['/./example', '/example'], // get-slash-pointless-dot
    ['/example%20space/', '/example%2520space/'], // get-space
    ['/%E1%88%B4', '/%25E1%2588%25B4'], // get-utf8, as sent
    ['/-._~0123456789ABCabc', '/-._~0123456789ABCabc'], // get-unreserved
    [
      '/2015-03-31/functions/arn%3Aaws%3Alambda/invocations',
      '/2015-03-31/functions/arn%253Aaws%253Alambda/invocations',
    ],
    ['/functions/a:b', '/functions/a%3Ab'],
    ['/x!(*)', '/x%21%28%2A%29'],
  ] as const) {
    assert.equal(canonicalPath(sent), signed, sent);
  }
});

test('a path of S3 is encoded exactly once and keeps dots and slashes', () => {
  for (const [sent, signed] of [
    ['', '/'],
    ['/bucket//a/../b', '/bucket//a/../b'],
    ['/bucket/a%20b', '/bucket/a%20b'],
    ['/bucket/a%2Fb', '/bucket/a%2Fb'],
    ['/bucket/a%2fb', '/bucket/a%2Fb'],
    ['/bucket/%7Ehome', '/bucket/~home'],
    ['/bucket/a+b', '/bucket/a%2Bb'],
    ['/bucket/a:b@c', '/bucket/a%3Ab%40c'],
    ['/bucket/100%', '/bucket/100%25'],
  ] as const) {
    assert.equal(canonicalS3Path(sent), signed, sent);
  }
});

test('a query is sorted by encoded name, then by value', () => {
  for (const [sent, signed] of [
    ['', ''],
    ['Param1=value1', 'Param1=value1'], // get-vanilla-query
    ['Param2=value2&Param1=value1', 'Param1=value1&Param2=value2'], // get-vanilla-query-order-key-case
    ['Param1=value2&Param1=Value1', 'Param1=Value1&Param1=value2'], // get-vanilla-query-order-value
    ['Param1=value2&Param1', 'Param1=&Param1=value2'],
    ['a-b=1&a=2', 'a=2&a-b=1'], // '=' sorts after '-', the name 'a' before 'a-b'
    ['a%20b=1&a=2', 'a=2&a%20b=1'], // '%' sorts before nearly everything, the name 'a' all the same first
    ['uploads', 'uploads='],
    ['%E1%88%B4=bar', '%E1%88%B4=bar'], // get-vanilla-utf8-query
    ['tagKeys=a%2fb&tagKeys=%41', 'tagKeys=A&tagKeys=a%2Fb'],
    ['q=a+b', 'q=a%20b'],
    ['q=a%2Bb', 'q=a%2Bb'],
    ['q=a=b', 'q=a%3Db'],
    ['&a=1&&b=2&', 'a=1&b=2'],
    ['q=100%', 'q=100%25'],
  ] as const) {
    assert.equal(canonicalQuery(sent), signed, sent);
  }
  assert.equal(canonicalQuery('b=1&X-Amz-Signature=00&a=2', 'X-Amz-Signature'), 'a=2&b=1');
});

test('a header is trimmed, its blanks are made one, and a repeated one is joined with a bare comma', () => {
  const headers = { a: 'value1', spaced: ' "a   b   c" ', tabbed: 'a\t b', list: 'v4, v1, v3, v2', one: 'a, b' };
  const rawHeaders = ['A', 'value1', 'List', 'v4', 'list', ' v1 ', 'LIST', 'v3', 'List', 'v2', 'One', 'a, b'];
  for (const [name, signed] of [
    ['a', 'value1'],
    ['spaced', '"a b c"'], // get-header-value-trim
    ['tabbed', 'a b'],
    ['list', 'v4,v1,v3,v2'], // get-header-value-order
    ['one', 'a, b'],
    ['absent', ''],
    ['constructor', ''],
  ] as const) {
    assert.equal(canonicalHeaderValue(name, headers, rawHeaders), signed, name);
  }
  assert.equal(canonicalHeaderValue('set-cookie', { 'set-cookie': ['a=1', ' b=2'] }, undefined), 'a=1,b=2');
});
