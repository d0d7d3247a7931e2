// Puts, takes and settles messages in a queue until it is killed, and says what was acknowledged when.
import { openSqliteQueue } from '../sqlite/sqlite-queue.ts';

const queue = openSqliteQueue(process.argv[2] ?? '');
for (let round = 0; ; round += 1) {
  const names = [0, 1, 2, 3].map((at) => `${round}-${at}`);
  await Promise.all(
    names.map(async (name) => {
      await queue.put({ group: 'g', dueMs: 0, state: '', body: Buffer.from(name) });
      process.stdout.write(`put ${name}\n`);
    }),
  );
  // Half of them, so that some stay.
  const { messages } = await queue.take('g', { nowMs: 1, limit: 2, bytesMax: 1e6 });
  await Promise.all(
    messages.map(async ({ id, body }) => {
      process.stdout.write(`settling ${body}\n`);
      await queue.settle(id);
      process.stdout.write(`settled ${body}\n`);
    }),
  );
}
