// Fires schedules into a table until it is killed, on a clock that goes 600 times as fast as usual.

import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import { TIMETABLE_TABLE, Timetable } from '../timetable.ts';
import { EPOCH_MS, FIRES_TABLE, SINGLE, STEADY, singleTime } from './fired.ts';

const SPEED = 600;
const [path = '', began = ''] = process.argv.slice(2);

const clock: Clock = {
  ...systemClock,
  nowMs: () => EPOCH_MS + (Date.now() - Number(began)) * SPEED,
  after: (ms, then) => systemClock.after(ms / SPEED, then),
};
const file = new SqliteFile(path, { what: 'the fires', formats: [`${TIMETABLE_TABLE}; ${FIRES_TABLE}`] });
const timetable = new Timetable({
  ...{ file, clock, log: pino({ level: 'silent' }), random: () => 0 },
  fire: ({ key, scheduledMs }) => file.sql('INSERT INTO fires VALUES (?, ?, ?)').run(key, scheduledMs, clock.nowMs()),
  onFired: () => tell(),
});
if (file.sql('SELECT 1 FROM timetable LIMIT 1').get() === undefined) {
  const plan = { dialect: 'schedules', zone: 'UTC', anchorMs: EPOCH_MS, windowMs: 0 } as const;
  await file.write(() => {
    for (let at = 0; at < STEADY; at += 1)
      timetable.set(`steady-${at}`, { ...plan, expression: 'cron(* * * * ? *)' }, EPOCH_MS);
    for (let at = 0; at < SINGLE; at += 1)
      timetable.set(`single-${at}`, { ...plan, expression: `at(${singleTime(at)})` }, EPOCH_MS);
  });
}
tell();
setInterval(() => {}, 1_000);

/** How many single times have not fired yet. */
function tell(): void {
  const left = file.sql("SELECT count(*) AS n FROM timetable WHERE key LIKE 'single%'").get()?.n;
  writeSync(1, `${left} left\n`);
}
