import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isShown } from './application-level.ts';

const TIME = '2024-11-02T16:51:31.587199Z';
const line = (level: unknown, timestamp: unknown = TIME) => `${JSON.stringify({ level, msg: 'my log', timestamp })}\n`;

function check(text: string, level: string) {
  const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
  const shown = levels.filter((levelMin) => isShown(text, levelMin));
  assert.deepEqual(shown, levels.slice(0, levels.indexOf(level) + 1), text);
}

test('a JSON line has the level that it tells, in letters of any case', () => {
  check(line('trace'), 'TRACE');
  check(line('debug'), 'DEBUG');
  check(line('Info'), 'INFO');
  check(line('WARN'), 'WARN');
  check(line('error'), 'ERROR');
  check(line('FATAL'), 'FATAL');
  check(line('WARNING'), 'WARN');
  check(line('critical'), 'FATAL');
});

test('one without a valid level or time, and what is no JSON, is INFO', () => {
  check('plain text\n', 'INFO');
  check('{"level":"debug"', 'INFO');
  check('{"msg":"no level"}', 'INFO');
  check(line('verbose'), 'INFO');
  check(line(10), 'INFO');
  check(line('error', 'yesterday'), 'INFO');
  check(line('error', null), 'INFO');
  check('null', 'INFO');
  check('["level"]', 'INFO');
});

test('the time may be called as Go’s logger calls it, and have an offset', () => {
  check(`{"time":"2024-11-02T16:51:31+01:00","level":"DEBUG"}`, 'DEBUG');
});
