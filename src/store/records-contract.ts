import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everyRecord, KEY_LENGTH_MAX, type Records, StaleRevision } from './records.ts';

/** What every adapter of the records port does. `open` opens an empty store. */
export function recordsContract(name: string, open: () => Promise<Records>): void {
  describe(`${name} records`, () => {
    test('a record that was never put is not there', async () => {
      await using records = await open();
      assert.equal(await records.get('fn/hello'), undefined);
    });

    test('a record is read back as it was put', async () => {
      await using records = await open();
      const revision = await records.put('fn/hello', '{"ü":"\\u0000"}', { ifRevision: 0 });
      assert.deepEqual({ ...(await records.get('fn/hello')) }, { key: 'fn/hello', value: '{"ü":"\\u0000"}', revision });
    });

    test('refuses a write made from an old revision, and keeps the newer value', async () => {
      await using records = await open();
      const first = await records.put('fn/hello', 'a', { ifRevision: 0 });
      await records.put('fn/hello', 'b', { ifRevision: first });
      await assert.rejects(records.put('fn/hello', 'c', { ifRevision: first }), StaleRevision);
      await assert.rejects(records.put('fn/hello', 'c', { ifRevision: 0 }), StaleRevision);
      await assert.rejects(records.delete('fn/hello', { ifRevision: first }), StaleRevision);
      assert.equal((await records.get('fn/hello'))?.value, 'b');
    });

    test('of many who write at once from the same revision, one wins', async () => {
      await using records = await open();
      const writes = Array.from({ length: 20 }, (_, index) => records.put('one', String(index), { ifRevision: 0 }));
      const outcomes = await Promise.allSettled(writes);
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    });

    test('a record made anew has a higher revision than its elder ever had', async () => {
      await using records = await open();
      const elder = await records.put('fn/hello', 'a', { ifRevision: 0 });
      await records.delete('fn/hello', { ifRevision: elder });
      assert.equal(await records.get('fn/hello'), undefined);
      const younger = await records.put('fn/hello', 'b', { ifRevision: 0 });
      assert.ok(younger > elder);
      await assert.rejects(records.delete('fn/hello', { ifRevision: elder }), StaleRevision);
    });

    test('lists by prefix, in the order of the keys, a page at a time', async () => {
      await using records = await open();
      const keys = ['a', 'b', 'b.x', 'b/1', 'b/10', 'b/2', 'b0', 'ba'];
      for (const key of keys.toReversed()) await records.put(key, key, { ifRevision: 0 });
      const page = async (prefix: string, after: string | undefined, limit: number) =>
        (await records.list(prefix, { after, limit })).map(({ key }) => key);
      assert.deepEqual(await page('b/', undefined, 10), ['b/1', 'b/10', 'b/2']);
      assert.deepEqual(await page('b/', undefined, 2), ['b/1', 'b/10']);
      assert.deepEqual(await page('b/', 'b/10', 2), ['b/2']);
      assert.deepEqual(await page('', undefined, 10), keys);
      assert.deepEqual(await page('c', undefined, 10), []);
      assert.deepEqual(
        (await Array.fromAsync(everyRecord(records, 'b/', 1))).map(({ key }) => key),
        ['b/1', 'b/10', 'b/2'],
      );
    });

    test('takes the longest key, and no longer or stranger one', async () => {
      await using records = await open();
      await records.put('k'.repeat(KEY_LENGTH_MAX), '', { ifRevision: 0 });
      await assert.rejects(records.put('k'.repeat(KEY_LENGTH_MAX + 1), '', { ifRevision: 0 }), /not a record key/);
      await assert.rejects(records.put('', '', { ifRevision: 0 }), /not a record key/);
      await assert.rejects(records.put('a b', '', { ifRevision: 0 }), /not a record key/);
      await assert.rejects(records.get('a\n'), /not a record key/);
    });

    test('a closed store refuses writes', async () => {
      const records = await open();
      await records[Symbol.asyncDispose]();
      await assert.rejects(records.put('a', '1', { ifRevision: 0 }), /closed/);
      await records[Symbol.asyncDispose]();
    });
  });
}
