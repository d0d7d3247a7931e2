import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { ZipFile } from 'yazl';
import type { Blobs } from '../../store/blobs.ts';
import { openFileBlobs } from '../../store/files/file-blobs.ts';
import { StorageFull } from '../../store/outage.ts';
import { bytesOf, type RawEntry, rawZip, zipOf } from '../testing/zips.ts';
import { type CodeStore, openCodeStore } from './code-store.ts';
import { PACKAGE_LIMITS, type PackageLimits } from './limits.ts';

const parent = mkdtempSync(join(tmpdir(), 'lambent-code-'));
after(() => rmSync(parent, { recursive: true }));
const never = new AbortController().signal;

test('a package is unpacked for everybody to read and nobody to change, and its zip kept byte for byte', async () => {
  const { code, add } = await store();
  const zip = await zipOf({
    'index.js': 'exports.handler = 1;',
    'bin/run': { content: '#!/bin/sh\n', mode: 0o100700 },
    'secret.txt': { content: 'x', mode: 0o100600 },
    'empty/': { content: '', mode: 0o040700 },
    setuid: { content: 'x', mode: 0o104755 },
  });
  const digest = await add(zip);
  assert.equal(digest, sha256(zip));
  const directory = await code.directory(digest);
  assert.deepEqual(modes(directory), {
    '': '755',
    bin: '755',
    'bin/run': '755',
    empty: '755',
    'index.js': '644',
    'secret.txt': '644',
    setuid: '755',
  });
  assert.equal(readFileSync(join(directory, 'index.js'), 'utf8'), 'exports.handler = 1;');
  assert.deepEqual(await zipBytes(code, digest), zip);
});

test('a strict umask takes no rights away', async () => {
  const before = process.umask(0o077);
  try {
    const { code, add } = await store();
    const directory = await code.directory(await add(await zipOf({ 'a/b': { content: 'x', mode: 0o100755 } })));
    assert.deepEqual(modes(directory), { '': '755', a: '755', 'a/b': '755' });
  } finally {
    process.umask(before);
  }
});

test('links that stay inside are kept', async () => {
  const { code, add } = await store();
  const zip = rawZip([
    { name: 'lib/a.so.1', content: 'so' },
    { name: 'lib/a.so', content: 'a.so.1', mode: 0o120777 },
  ]);
  const directory = await code.directory(await add(zip));
  assert.equal(readlinkSync(join(directory, 'lib/a.so')), 'a.so.1');
  assert.equal(readFileSync(join(directory, 'lib/a.so'), 'utf8'), 'so');
});

test('zips of streams, with sizes behind the data and in the 64-bit format, are read', async () => {
  const { code, add } = await store();
  const zip = new ZipFile();
  const content = randomBytes(100_000);
  zip.addReadStream(Readable.from([content]), 'streamed', { forceZip64Format: true });
  zip.addBuffer(Buffer.from('stored'), 'stored', { compress: false });
  const directory = await code.directory(await add(await bytesOf(zip)));
  assert.deepEqual(readFileSync(join(directory, 'streamed')), content);
  assert.equal(readFileSync(join(directory, 'stored'), 'utf8'), 'stored');
});

test('a zip with something in front of it is read', async () => {
  const { code, add } = await store();
  const zip = Buffer.concat([Buffer.from('#!/usr/bin/env node\n'), await zipOf({ a: 'x' })]);
  // Offsets count from the start of the zip itself, as `zip -A` would not have left them.
  const refused = await code.add(zip, never);
  assert.equal('kind' in refused && refused.kind, 'unreadable-zip');
  assert.ok(await add(await zipOf({ a: 'x' })));
});

test('what is no zip is refused', () => checkRefused(Buffer.from('not a zip'), 'unreadable-zip'));
test('a zip that is cut off is refused', async () => {
  const zip = await zipOf({ a: randomBytes(1_000), b: 'b' });
  await checkRefused(zip.subarray(0, zip.length - 30), 'unreadable-zip');
});
test('no bytes at all, and a zip with no files, are empty', async () => {
  await checkRefused(Buffer.alloc(0), 'empty-zip');
  await checkRefused(rawZip([]), 'empty-zip');
});
test('paths that climb are refused', () => checkHostile({ name: '../../escaped' }));
test('paths that climb with backslashes are refused', () => checkHostile({ name: '..\\..\\escaped' }));
test('absolute paths are refused', () => checkHostile({ name: '/tmp/lambent-escaped' }));
test('links that leave are refused', () => checkHostile({ name: 'l', content: '../../..', mode: 0o120777 }));
test('links to absolute paths are refused', () => checkHostile({ name: 'l', content: '/etc/passwd', mode: 0o120777 }));
test('links without a target are refused', () => checkHostile({ name: 'l', content: '', mode: 0o120777 }));
test('a link whose target is longer than a path can be is refused', () =>
  checkHostile({ name: 'l', content: 'x'.repeat(5_000), mode: 0o120777 }));
test('devices are refused', () => checkHostile({ name: 'null', mode: 0o020666 }));
test('encrypted entries are refused', () => checkHostile({ name: 'a', content: 'x', claims: { flags: 0x0801 } }));
test('unknown compression is refused', () => checkHostile({ name: 'a', content: 'x', claims: { method: 97 } }));
test('a wrong checksum is refused', () => checkHostile({ name: 'a', content: 'x', claims: { crc32: 1 } }));
test('a size that is a lie is refused', async () => {
  await checkHostile({ name: 'a', content: 'x'.repeat(1_000), claims: { bytes: 10 } });
  await checkHostile({ name: 'a', content: 'x', claims: { bytes: 1_000 } });
});
test('bytes that do not inflate are refused', async () => {
  const zip = rawZip([{ name: 'a', content: randomBytes(1_000) }]);
  await checkRefused(zip.fill(0xff, 31, 60), 'unreadable-zip');
});

test('a zip of exactly the largest size is taken, one byte more is refused', async () => {
  const zip = await zipOf({ a: 'x' });
  const limits = { ...PACKAGE_LIMITS, zippedBytesMax: zip.length };
  await (await store(limits)).add(zip);
  await checkRefused(zip, 'zip-too-large', { ...limits, zippedBytesMax: zip.length - 1 });
});
test('content of exactly the largest size is taken, one byte more is refused', async () => {
  const zip = await zipOf({ a: 'x'.repeat(600), b: 'y'.repeat(400) });
  const limits = { ...PACKAGE_LIMITS, unzippedBytesMax: 1_000 };
  await (await store(limits)).add(zip);
  await checkRefused(zip, 'unzipped-too-large', { ...limits, unzippedBytesMax: 999 });
});
test('a bomb that claims to be small is cut off while it inflates', async () => {
  const bomb = rawZip([{ name: 'a', content: Buffer.alloc(20_000_000), claims: { bytes: 10 } }]);
  await checkRefused(bomb, 'unreadable-zip', { ...PACKAGE_LIMITS, unzippedBytesMax: 1_000 });
});
test('as many entries as allowed are taken, one more is refused', async () => {
  const zip = await zipOf({ a: '', b: '' });
  await (await store({ ...PACKAGE_LIMITS, entriesMax: 2 })).add(zip);
  await checkRefused(zip, 'unreadable-zip', { ...PACKAGE_LIMITS, entriesMax: 1 });
});

test('checking a package stores nothing', async () => {
  const { code, contents } = await store();
  const zip = await zipOf({ a: 'x' });
  assert.deepEqual(await code.check(zip, never), { digest: sha256(zip), bytes: zip.length });
  const refused = await code.check(Buffer.from('x'), never);
  assert.equal('kind' in refused && refused.kind, 'unreadable-zip');
  assert.deepEqual(await contents(), { blobs: [], unpacked: [], unfinished: [] });
});

test('an aborted upload leaves nothing behind', async () => {
  const { code, contents } = await store();
  await assert.rejects(
    code.add(await zipOf({ a: 'x' }), AbortSignal.abort(new Error('the client left'))),
    /the client left/,
  );
  await code.idle();
  assert.deepEqual(await contents(), { blobs: [], unpacked: [], unfinished: [] });
});

test('a disk that fills while the zip is stored is told as a full disk', async () => {
  const { root, blobs } = await store();
  const put = () => Promise.reject(new StorageFull('store a blob', { cause: new Error('ENOSPC') }));
  const code = await open(root, { ...blobs, put });
  await assert.rejects(code.add(await zipOf({ a: 'x' }), never), StorageFull);
});

test('a package goes with its last holder, and no earlier', async () => {
  const { code, contents } = await store();
  const zip = await zipOf({ a: 'x' });
  const first = await code.add(zip, never);
  const second = await code.add(zip, never);
  assert.ok('held' in first && 'held' in second);
  const environment = code.hold(sha256(zip));
  first.held[Symbol.dispose]();
  first.held[Symbol.dispose](); // Once is enough: a second time must not take another holder's place.
  second.held[Symbol.dispose]();
  await code.idle();
  assert.deepEqual((await contents()).unpacked, [sha256(zip)]);
  environment[Symbol.dispose]();
  await code.idle();
  assert.deepEqual(await contents(), { blobs: [], unpacked: [], unfinished: [] });
});

test('the same package uploaded while it is being removed is there afterwards', async () => {
  const { code } = await store();
  const zip = await zipOf({ a: 'x' });
  const first = await code.add(zip, never);
  assert.ok('held' in first);
  first.held[Symbol.dispose]();
  const [again] = await Promise.all([code.add(zip, never), code.idle()]);
  assert.ok('held' in again);
  await code.idle();
  assert.deepEqual(await zipBytes(code, sha256(zip)), zip);
  assert.ok(lstatSync(join(await code.directory(sha256(zip)), 'a')).isFile());
});

test('unpacked code that was lost is unpacked again, once for all who ask', async () => {
  const { code, add, root } = await store();
  const digest = await add(await zipOf({ 'index.js': 'x' }));
  rmSync(join(root, digest), { recursive: true });
  const paths = await Promise.all([code.directory(digest), code.directory(digest)]);
  assert.deepEqual(paths, [join(root, digest), join(root, digest)]);
  assert.equal(readFileSync(join(root, digest, 'index.js'), 'utf8'), 'x');
  assert.deepEqual(readdirSync(join(root, 'unfinished')), []);
});

test('after a reboot unpacked code is not trusted, since it was never synced', async () => {
  const { add, root, blobs } = await store();
  const digest = await add(await zipOf({ 'index.js': 'x' }));
  writeFileSync(join(root, digest, 'index.js'), ''); // As a power cut may leave it.
  writeFileSync(join(root, 'boot-id'), 'an earlier one');
  const reopened = await open(root, blobs);
  assert.equal(readFileSync(join(await reopened.directory(digest), 'index.js'), 'utf8'), 'x');
});

test('without a reboot unpacked code is used as it is', async () => {
  const { add, root, blobs } = await store();
  const digest = await add(await zipOf({ 'index.js': 'x' }));
  const { ino } = lstatSync(join(root, digest));
  await (await open(root, blobs)).directory(digest);
  assert.equal(lstatSync(join(root, digest)).ino, ino);
});

test('a sweep removes what nobody holds, blobs and directories', async () => {
  const { add, root, blobs } = await store();
  const orphan = await add(await zipOf({ a: 'orphan' }));
  const kept = await add(await zipOf({ a: 'kept' }));
  const reopened = await open(root, blobs);
  reopened.hold(kept);
  await reopened.sweep();
  assert.deepEqual(
    (await Array.fromAsync(blobs.list())).map(({ digest }) => digest),
    [kept],
  );
  assert.ok(!readdirSync(root).includes(orphan));
});

async function store(limits: PackageLimits = PACKAGE_LIMITS) {
  const directory = mkdtempSync(join(parent, 'case-'));
  const root = join(directory, 'code');
  const blobs = await openFileBlobs(join(directory, 'blobs'));
  const code = await open(root, blobs, limits);
  const add = async (zip: Uint8Array): Promise<string> => {
    const added = await code.add(zip, never);
    assert.ok('code' in added, JSON.stringify(added));
    return added.code.digest;
  };
  const contents = async () => ({
    blobs: await Array.fromAsync(blobs.list()),
    unpacked: readdirSync(root).filter((name) => name.length === 64),
    unfinished: readdirSync(join(root, 'unfinished')),
  });
  return { code, add, root, blobs, contents };
}

function open(root: string, blobs: Blobs, limits: PackageLimits = PACKAGE_LIMITS): Promise<CodeStore> {
  return openCodeStore({
    blobs,
    root,
    limits,
    onError: (error) => {
      throw error;
    },
  });
}

async function checkHostile(entry: RawEntry): Promise<void> {
  await checkRefused(rawZip([{ name: 'innocent', content: 'x' }, entry]), 'unreadable-zip');
}

async function checkRefused(zip: Uint8Array, kind: string, limits?: PackageLimits): Promise<void> {
  const { code, contents } = await store(limits);
  const answer = await code.add(zip, never);
  assert.equal('kind' in answer ? answer.kind : 'taken', kind);
  await code.idle();
  assert.deepEqual(await contents(), { blobs: [], unpacked: [], unfinished: [] });
}

async function zipBytes(code: CodeStore, digest: string): Promise<Buffer> {
  const found = await code.open(digest);
  assert.ok(found);
  return Buffer.concat(await Array.fromAsync(found.content));
}

function modes(directory: string): Record<string, string> {
  const paths = ['', ...readdirSync(directory, { recursive: true }).map(String).sort()];
  return Object.fromEntries(paths.map((path) => [path, (lstatSync(join(directory, path)).mode & 0o7777).toString(8)]));
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
