import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Blobs } from './blobs.ts';

/** What every adapter of the blobs port does. `open` opens an empty store; `leftovers` names what is no blob in it. */
export function blobsContract(
  name: string,
  open: () => Promise<{ blobs: Blobs; leftovers: () => Promise<string[]> }>,
): void {
  describe(`${name} blobs`, () => {
    test('a blob is named by the SHA-256 of its content and read back byte for byte', async () => {
      const { blobs } = await open();
      const content = randomBytes(300_000);
      const info = await blobs.put(chunks(content, 1_000));
      assert.deepEqual(info, { digest: sha256(content), bytes: 300_000 });
      assert.deepEqual(await read(blobs, info.digest), content);
    });

    test('an empty blob is a blob', async () => {
      const { blobs } = await open();
      const { digest } = await blobs.put(chunks(Buffer.alloc(0), 1));
      assert.deepEqual(await read(blobs, digest), Buffer.alloc(0));
    });

    test('the same content twice, even at once, is stored once', async () => {
      const { blobs } = await open();
      const content = Buffer.from('same');
      await Promise.all([blobs.put(chunks(content, 1)), blobs.put(chunks(content, 3))]);
      assert.deepEqual(await Array.fromAsync(blobs.list()), [{ digest: sha256(content), bytes: 4 }]);
    });

    test('what is not there, or has been deleted, is not found', async () => {
      const { blobs } = await open();
      const { digest } = await blobs.put(chunks(Buffer.from('gone'), 4));
      await blobs.delete(digest);
      await blobs.delete(digest);
      assert.equal(await blobs.get(digest), undefined);
      assert.deepEqual(await Array.fromAsync(blobs.list()), []);
    });

    test('a blob that is being read while it is deleted is read to its end', async () => {
      const { blobs } = await open();
      const content = randomBytes(500_000);
      const { digest } = await blobs.put(chunks(content, 100_000));
      const found = await blobs.get(digest);
      assert.ok(found);
      await blobs.delete(digest);
      assert.deepEqual(Buffer.concat(await Array.fromAsync(found.content)), content);
    });

    test('content that breaks off, and an abort, leave nothing behind', async () => {
      const { blobs, leftovers } = await open();
      async function* broken() {
        yield Buffer.from('half');
        throw new Error('the client left');
      }
      await assert.rejects(blobs.put(broken()), ({ cause }: Error) => /the client left/.test(String(cause)));
      await assert.rejects(
        blobs.put(chunks(Buffer.from('x'), 1), AbortSignal.abort(new Error('too late'))),
        /too late/,
      );
      assert.deepEqual(await Array.fromAsync(blobs.list()), []);
      assert.deepEqual(await leftovers(), []);
    });

    test('a name that is no digest is refused, so no path can be smuggled in', async () => {
      const { blobs } = await open();
      await assert.rejects(blobs.get('../records.db'), /not a digest/);
      await assert.rejects(blobs.delete(`${'a'.repeat(63)}/`), /not a digest/);
    });
  });
}

async function* chunks(content: Buffer, size: number) {
  for (let offset = 0; offset < content.length; offset += size) yield content.subarray(offset, offset + size);
}

async function read(blobs: Blobs, digest: string): Promise<Buffer> {
  const found = await blobs.get(digest);
  assert.ok(found, `${digest} is there`);
  const content = Buffer.concat(await Array.fromAsync(found.content));
  assert.equal(content.length, found.bytes);
  return content;
}

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
