import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CorsRule, corsHeaders } from './cors.ts';

const rule = (more: Partial<CorsRule> = {}): CorsRule => ({
  id: undefined,
  origins: ['https://*.example.com'],
  methods: ['GET'],
  headers: ['x-amz-*', 'Content-Type'],
  exposed: [],
  maxAgeS: undefined,
  ...more,
});

test('an origin is let in by name or by its one wildcard', () => {
  checkAllowed({ origin: 'https://a.example.com' }, true);
  checkAllowed({ origin: 'https://.example.com' }, true);
  checkAllowed({ origin: 'https://example.com' }, false);
  checkAllowed({ origin: 'http://a.example.com' }, false);
});

test('a method and all headers that are asked for must be allowed, headers in any case', () => {
  checkAllowed({ method: 'PUT' }, false);
  checkAllowed({ headers: ['X-Amz-Date', 'content-type'] }, true);
  checkAllowed({ headers: ['X-Amz-Date', 'x-other'] }, false);
});

test('the first rule that allows it decides, and whoever lets everybody in gives no credentials', () => {
  const request = { origin: 'https://a.example.com', method: 'GET', headers: [] };
  const named = corsHeaders([rule({ methods: ['PUT'] }), rule({ maxAgeS: 5 }), rule({ maxAgeS: 9 })], request);
  assert.equal(named?.['Access-Control-Max-Age'], '5');
  assert.equal(named?.['Access-Control-Allow-Origin'], 'https://a.example.com');
  assert.equal(named?.['Access-Control-Allow-Credentials'], 'true');
  const open = corsHeaders([rule({ origins: ['*'] })], request);
  assert.equal(open?.['Access-Control-Allow-Origin'], '*');
  assert.equal(open?.['Access-Control-Allow-Credentials'], undefined);
});

function checkAllowed(asked: { origin?: string; method?: string; headers?: string[] }, expected: boolean) {
  const request = { origin: 'https://a.example.com', method: 'GET', headers: [], ...asked };
  assert.equal(corsHeaders([rule()], request) !== undefined, expected);
}
