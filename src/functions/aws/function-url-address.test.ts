import assert from 'node:assert/strict';
import { test } from 'node:test';
import { functionUrlAddress, functionUrlId } from './function-url-address.ts';

const ID = '33pz7pombdqwu3bdlxp4lqxyra0bsriy';

test('a function URL has a host of its own on the loopback interface', () => {
  for (const host of ['localhost', '127.0.0.1', '127.9.8.7', '[::1]', 'lambda.eu-west-1.localhost']) {
    const address = functionUrlAddress(ID, 'eu-west-1', `http://${host}:4566`);
    assert.equal(address, `http://${ID}.lambda-url.eu-west-1.localhost:4566/`);
  }
  assert.equal(
    functionUrlAddress(ID, 'us-east-1', 'https://localhost'),
    `https://${ID}.lambda-url.us-east-1.localhost/`,
  );
});

test('a function URL is a path elsewhere, where nobody answers for such hosts', () => {
  for (const origin of [
    'http://192.168.1.5:4566',
    'http://lambent:4566',
    'https://lambent.example.com',
    'http://notlocalhost',
    'http://[fe80::1]:4566',
    'http://128.127.0.1',
    'http://not a host',
  ]) {
    assert.equal(functionUrlAddress(ID, 'eu-west-1', origin), `${origin}/_lambent/function-url/${ID}/`);
  }
});

test('a request is known by its host, whatever the domain, or by its path', () => {
  check(`${ID}.lambda-url.eu-west-1.localhost:4566`, '/', ID);
  check(`${ID}.lambda-url.eu-west-1.on.aws`, '/2015-03-31/functions/hello/invocations', ID);
  check(`${ID.toUpperCase()}.Lambda-Url.eu-west-1.localhost`, '/', ID);
  check('127.0.0.1:4566', `/_lambent/function-url/${ID}`, ID);
  check('127.0.0.1:4566', `/_lambent/function-url/${ID}/a/b?c=d`, ID);
  check('127.0.0.1:4566', `/_lambent/function-url/${ID}?c=d`, ID);
  check(undefined, '/_lambent/function-url/unknown/', 'unknown');
  check(undefined, '/_lambent/function-url/', '');
});

test('no other request is taken for one', () => {
  for (const host of [
    undefined,
    '',
    '127.0.0.1:4566',
    'localhost:4566',
    'lambda.eu-west-1.localhost:4566',
    `${ID}.s3.eu-west-1.localhost`,
    `${ID}0.lambda-url.eu-west-1.localhost`,
    `${ID.slice(1)}.lambda-url.eu-west-1.localhost`,
    `a.${ID.slice(2)}.lambda-url.eu-west-1.localhost`,
  ]) {
    check(host, '/', undefined);
    check(host, '/2015-03-31/functions/hello/invocations', undefined);
    check(host, '/_lambent/code/0', undefined);
  }
});

test('what one client is told leads back to the same URL', () => {
  for (const origin of ['http://127.0.0.1:4566', 'http://10.0.0.1:80', 'https://example.com']) {
    const { host, pathname } = new URL(functionUrlAddress(ID, 'ap-southeast-1', origin));
    check(host, pathname, ID);
  }
});

function check(host: string | undefined, url: string, expected: string | undefined) {
  assert.equal(functionUrlId(host, url), expected, `${host} ${url}`);
}
