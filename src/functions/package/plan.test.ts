import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkLeaves, planPackage, type ZipEntry } from './plan.ts';

const FILE = 0o100644;
const LIMITS = { zippedBytesMax: 1_000, unzippedBytesMax: 1_000, entriesMax: 4 };

test('a file, its parents and an empty directory', () =>
  check([entry('a/b/c.js'), entry('d/', 0o040755)], { directories: ['a', 'd', 'a/b'], files: { 'a/b/c.js': '644' } }));
test('steps that say nothing are left out', () =>
  check([entry('./a//b.js')], { directories: ['a'], files: { 'a/b.js': '644' } }));
test('the root itself may be listed', () => check([entry('./', 0o040755), entry('a')], { files: { a: '644' } }));
test('any right to execute is one for all, and nothing else of the mode counts', () =>
  check([entry('a', 0o100100), entry('b', 0o107755), entry('c', 0o100000)], {
    files: { a: '755', b: '755', c: '644' },
  }));
test('a zip that was not made on Unix has plain files and directories', () =>
  check([entry('a', 0), entry('b/', 0)], { directories: ['b'], files: { a: '644' } }));
test('of a file that comes twice, the last one counts', () =>
  check([entry('a', 0o100755), entry('a', 0o100644)], { files: { a: '644' } }));
test('names that differ by case are two files', () =>
  check([entry('A'), entry('a')], { files: { A: '644', a: '644' } }));
test('a link is a link', () => check([entry('l', 0o120777)], { links: ['l'] }));

test('an absolute path is refused', () => checkRefused([entry('/etc/passwd')], /path "\/etc\/passwd"/));
test('a drive is refused', () => checkRefused([entry('C:/x')], /path "C:\/x"/));
test('a path that climbs is refused, even if it comes back', () => {
  checkRefused([entry('../x')], /path "..\/x"/);
  checkRefused([entry('a/../../x')], /path/);
  checkRefused([entry('a/../x')], /path/);
  checkRefused([entry('..')], /path/);
});
test('a NUL in a name is refused', () => checkRefused([entry('a\0.js')], /path/));
test('an empty name is refused', () => checkRefused([entry('')], /path/));
test('a name of 255 bytes is taken, one of 256 is refused', () => {
  const longest = 'é'.repeat(127).concat('x');
  check([entry(longest)], { files: { [longest]: '644' } });
  checkRefused([entry(`${longest}x`)], /path/);
});
test('a path deeper than the kernel goes is refused', () =>
  checkRefused([entry('a/'.repeat(1_501).concat('x'))], /path/));
test('a file below a file, and a file where a directory is, are refused', () => {
  checkRefused([entry('a'), entry('a/b')], /a\/b lies under a/);
  checkRefused([entry('a/b'), entry('a')], /a is a directory and something else/);
  checkRefused([entry('a'), entry('a/', 0o040755)], /a is a directory and something else/);
});
test('nothing hides behind a link', () => {
  checkRefused([entry('l', 0o120777), entry('l/x')], /l\/x lies under l/);
  checkRefused([entry('l/x'), entry('l', 0o120777)], /l is a directory and something else/);
  checkRefused([entry('l', 0o120777), entry('l')], /l is a link and a file/);
  checkRefused([entry('l'), entry('l', 0o120777)], /l is a link and a file/);
});
test('devices, pipes and sockets are refused', () => {
  checkRefused([entry('null', 0o020666)], /neither a file/);
  checkRefused([entry('disk', 0o060660)], /neither a file/);
  checkRefused([entry('pipe', 0o010644)], /neither a file/);
  checkRefused([entry('sock', 0o140755)], /neither a file/);
});
test('a link that is named like a directory is refused', () => checkRefused([entry('l/', 0o120777)], /neither a file/));
test('an encrypted entry is refused', () => checkRefused([{ ...entry('a'), encrypted: true }], /a is encrypted/));
test('as many entries as allowed are taken, one more is refused', () => {
  const four = ['a', 'b', 'c', 'd'].map((name) => entry(name));
  check(four, { files: { a: '644', b: '644', c: '644', d: '644' } });
  checkRefused([...four, entry('e')], /more than 4 entries/);
});
test('what claims to be too large is refused before it is inflated', () => {
  check([{ ...entry('a'), uncompressedBytes: 1_000 }], { files: { a: '644' } });
  const refusal = planPackage(
    [
      { ...entry('a'), uncompressedBytes: 999 },
      { ...entry('b'), uncompressedBytes: 2 },
    ],
    LIMITS,
  );
  assert.deepEqual(refusal, { kind: 'unzipped-too-large', bytesMax: 1_000 });
});
test('a zip with nothing in it is empty', () => assert.deepEqual(planPackage([], LIMITS), { kind: 'empty-zip' }));

test('a link to a neighbour stays', () => checkLink({ 'a/l': 'b' }, 'a/l', 'stays'));
test('a link up to the root stays', () => checkLink({ 'a/l': '../c' }, 'a/l', 'stays'));
test('a link above the root leaves', () => checkLink({ 'a/l': '../../c' }, 'a/l', 'leaves'));
test('an absolute link leaves', () => checkLink({ l: '/etc/passwd' }, 'l', 'leaves'));
test('a link to the root itself stays', () => checkLink({ l: '.' }, 'l', 'stays'));
test('a link that climbs out of what another link leads to leaves', () =>
  checkLink({ d: '.', l: 'd/../x' }, 'l', 'leaves'));
test('a link through a link into the deep stays', () => checkLink({ d: 'a/b', l: 'd/../x' }, 'l', 'stays'));
test('a link through an absolute link leaves', () => checkLink({ d: '/', l: 'd/x' }, 'l', 'leaves'));
test('a link to a link that leaves does so too', () => checkLink({ d: '../x', l: 'd' }, 'l', 'leaves'));
test('links in a circle lead nowhere', () => checkLink({ a: 'b', b: 'a' }, 'a', 'stays'));
test('a circle that climbs leaves', () => checkLink({ a: '../a' }, 'a', 'leaves'));

function entry(name: string, unixMode = FILE): ZipEntry {
  return { name, unixMode, uncompressedBytes: 1, encrypted: false };
}

function check(
  entries: ZipEntry[],
  expected: { directories?: string[]; files?: Record<string, string>; links?: string[] },
): void {
  const plan = planPackage(entries, LIMITS);
  assert.ok(!('kind' in plan), JSON.stringify(plan));
  const files = Object.fromEntries([...plan.files].map(([path, { mode }]) => [path, mode.toString(8)]));
  const actual = { directories: [...plan.directories], files, links: [...plan.links.keys()] };
  assert.deepEqual(actual, { directories: [], files: {}, links: [], ...expected });
}

function checkRefused(entries: ZipEntry[], why: RegExp): void {
  const plan = planPackage(entries, LIMITS);
  assert.ok('kind' in plan && plan.kind === 'unreadable-zip', 'it is refused');
  assert.match(plan.detail, why);
}

function checkLink(targets: Record<string, string>, path: string, expected: 'stays' | 'leaves'): void {
  assert.equal(linkLeaves(path, new Map(Object.entries(targets))) ? 'leaves' : 'stays', expected);
}
