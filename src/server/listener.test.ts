import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { systemClock } from '../lib/clock.ts';
import { openListener } from './listener.ts';

test('a door that throws fails its own request, and the next one is answered', async () => {
  const log = pino({ level: 'silent' });
  await using listener = await openListener({ host: '127.0.0.1', port: 0, clock: systemClock, log });
  const url = `http://127.0.0.1:${listener.port}`;
  assert.equal((await fetch(url)).status, 503);
  listener.doors.push((request, response) => {
    if (request.url === '/bad') throw new Error('a mistake of ours');
    response.end('fine');
    return true;
  });
  assert.equal((await fetch(`${url}/bad`)).status, 500);
  assert.equal(await (await fetch(url)).text(), 'fine');
});
