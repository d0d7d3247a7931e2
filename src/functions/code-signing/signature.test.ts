import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { PACKAGE_LIMITS } from '../package/limits.ts';
import { SIGNATURE_PATH, type SigningOptions, type TestSigner, testSigner, zipOfEntries } from '../testing/signing.ts';
import { type RawEntry, rawZip, zipOf } from '../testing/zips.ts';
import { NotBer, readElement } from './ber.ts';
import { type Signature, type SignatureOptions, signatureVerifier } from './signature.ts';

const NOW = Date.parse('2026-05-06T07:08:09.123Z');
const DAY_MS = 86_400_000;
const OWNER = 'arn:aws:signer:eu-west-1:123456789012';
const profileVersionArn = `${OWNER}:/signing-profiles/mine/0123456789`;
const FILES = [
  ['index.js', 'exports.handler = async () => 1;'],
  ['lib/', ''],
  ['lib/tool.js', 'exports.tool = 2;'],
] as const;
const SIGNED = [...FILES, ['META_INF/', '']] as const;
const VALID = { kind: 'valid', profileVersionArn, jobArn: `${OWNER}:/signing-jobs/a-job`, expiresMs: NOW + DAY_MS };
const BROKEN_CONTENT = { kind: 'broken', part: 'content' };
const BROKEN_SIGNATURE = { kind: 'broken', part: 'signature' };
const signer = testSigner(NOW);
const OPTIONS: SignatureOptions = {
  roots: [signer.root],
  limits: PACKAGE_LIMITS,
  nowMs: () => NOW,
  onUnreadable: () => {},
};

describe('a signed package', () => {
  test('is valid, whenever it comes and however it is packed', async () => {
    await check(await signer.sign(FILES, { profileVersionArn }), VALID);
    // The signer's certificate ended long ago, the signature has not.
    const longValid = await signer.sign(FILES, { profileVersionArn, expiresMs: NOW + 1_000 * DAY_MS });
    await check(longValid, { ...VALID, expiresMs: NOW + 1_000 * DAY_MS }, { nowMs: () => NOW + 900 * DAY_MS });
    const signature = signer.signature(SIGNED, { profileVersionArn });
    const entries = [...SIGNED, [SIGNATURE_PATH, signature]] as const;
    await check(await zipOfEntries(entries, { compress: false }), VALID);
    await check(await zipOfEntries(entries, { mtime: new Date(0) }), VALID);
    await check(await zipOfEntries([[SIGNATURE_PATH, signature], ...SIGNED]), VALID);
  });

  test('that has expired tells so, and is valid otherwise', async () => {
    await check(await signer.sign(FILES, { profileVersionArn, signedMs: NOW - 2, expiresMs: NOW - 1 }), {
      ...VALID,
      expiresMs: NOW - 1,
    });
  });

  test('is broken when anything was changed, renamed, moved, added or taken away', async () => {
    const signature = [SIGNATURE_PATH, signer.signature(SIGNED, { profileVersionArn })] as const;
    const [code, directory, tool, meta] = SIGNED;
    const changes = [
      [['index.js', 'exports.handler = async () => 2;'], directory, tool, meta],
      [['other.js', code[1]], directory, tool, meta],
      [directory, code, tool, meta],
      [code, directory, tool, meta, ['more.js', '']],
      [code, directory, meta],
      [code, directory, tool],
    ] as const;
    for (const entries of changes) await check(await zipOfEntries([...entries, signature]), BROKEN_CONTENT);
    await check(await zipOfEntries([...SIGNED, signature, signature]), BROKEN_SIGNATURE);
    await check(await zipOfEntries([code, ...SIGNED, signature]), BROKEN_SIGNATURE);
  });

  test('is broken when a name is written otherwise than it is read, or an entry is not as long as it says', async () => {
    const content = signer.signature(SIGNED, { profileVersionArn });
    const mode = 0o040755;
    const zip = (first: Partial<RawEntry>, second: Partial<RawEntry> = {}) =>
      rawZip([
        { name: FILES[0][0], content: FILES[0][1], ...first },
        { name: FILES[1][0], mode, ...second },
        { name: FILES[2][0], content: FILES[2][1] },
        { name: 'META_INF/', mode },
        { name: SIGNATURE_PATH, content },
      ]);
    await check(zip({}), VALID);
    // Info-ZIP's field for a path in Unicode, which nobody signs, and which counts where it is known.
    const path = Buffer.from('other.js');
    const field = Buffer.alloc(9);
    field.writeUInt16LE(0x7075, 0);
    field.writeUInt16LE(5 + path.length, 2);
    field.writeUInt8(1, 4);
    field.writeUInt32LE(crc32(FILES[0][0]), 5);
    await check(zip({ extra: Buffer.concat([field, path]) }), BROKEN_SIGNATURE);
    await check(zip({ claims: { bytes: 7 } }), BROKEN_SIGNATURE);
    await check(zip({}, { content: 'a directory with content', claims: { bytes: 7 } }), BROKEN_SIGNATURE);
    await check(zip({ claims: { method: 99 } }), BROKEN_SIGNATURE);
  });

  test('by an authority that is not trusted tells whose it is', async () => {
    const zip = await signer.sign(FILES, { profileVersionArn });
    const authority = `CN=root, SHA-256 ${signer.root.fingerprint256}`;
    await check(zip, { kind: 'by-stranger', authority }, { roots: [] });
    await check(zip, { kind: 'by-stranger', authority }, { roots: [testSigner(NOW).root] });
    await check(zip, VALID, { roots: [testSigner(NOW).root, signer.root] });
  });

  test('by somebody who may not sign code is broken, and one below no authority is a stranger’s', async () => {
    const byOther = async (other: TestSigner, expected: object) =>
      check(await other.sign(FILES, { profileVersionArn }), expected, { roots: [other.root] });
    await byOther(testSigner(NOW, { forCode: false }), BROKEN_SIGNATURE);
    await byOther(testSigner(NOW, { curve: 'P-256' }), BROKEN_SIGNATURE);
    await byOther(testSigner(NOW, { isAuthority: true, forCode: true }), BROKEN_SIGNATURE);
    await byOther(testSigner(NOW, { toMs: NOW - 1_000 }), BROKEN_SIGNATURE);
    await byOther(testSigner(NOW, { fromMs: NOW + 1_000 }), BROKEN_SIGNATURE);
    for (const between of [{ isAuthority: false }, { toMs: NOW - 1_000 }]) {
      const other = testSigner(NOW, {}, between);
      const signature = await verified(await other.sign(FILES, { profileVersionArn }), { roots: [other.root] });
      assert.equal(signature?.kind, 'by-stranger');
      assert.match(JSON.stringify(signature), /CN=signer, SHA-256 /);
    }
  });

  test('is broken when the signature was made later, ends before it begins, or names no job and profile of one account', async () => {
    const sign = async (options: Partial<SigningOptions>) =>
      check(await signer.sign(FILES, { profileVersionArn, ...options }), BROKEN_SIGNATURE);
    await sign({ signedMs: NOW + 1, expiresMs: NOW + 2 });
    await sign({ expiresMs: NOW });
    await sign({ jobArn: 'arn:aws:signer:eu-west-1:210987654321:/signing-jobs/a-job' });
    await sign({ jobArn: `${OWNER}:/signing-jobs/` });
    await sign({ profileVersionArn: `${OWNER}:/signing-profiles/mine`, jobArn: VALID.jobArn });
  });

  test('never tells what was not signed, whichever byte of its signature is changed, and wherever that is cut off', async () => {
    const whole = signer.signature(SIGNED, { profileVersionArn });
    // One signature for all: no two of the same content are equally long.
    const cms = Buffer.from(String(whole).split('\n').slice(1, -2).join(''), 'base64');
    for (let at = 0; at < cms.length; at += 7) {
      const changed = await spoilt(Buffer.from(cms).fill((cms[at] ?? 0) ^ 0x55, at, at + 1));
      // What nobody signed and nobody reads, as the root's own certificate, may be changed.
      if (changed?.kind === 'valid') assert.deepEqual(changed, VALID, `byte ${at}`);
      assert.notEqual((await spoilt(cms.subarray(0, at)))?.kind, 'valid', `cut off at ${at}`);
    }
    assert.deepEqual(await spoilt(cms), VALID);
    assert.deepEqual(await spoilt(Buffer.concat([cms, Buffer.of(0)])), BROKEN_SIGNATURE);
    assert.deepEqual(await spoilt(Buffer.concat([Buffer.alloc(4_000, '3080', 'hex'), cms])), BROKEN_SIGNATURE);
  });

  test('has a signature of at most 1 MiB, in PEM', async () => {
    const with_ = async (signature: string | Buffer, expected: object) =>
      check(await zipOfEntries([...SIGNED, [SIGNATURE_PATH, signature]]), expected);
    const pem = String(signer.signature(SIGNED, { profileVersionArn }));
    await with_(pem.padEnd(1_048_576, '\n'), VALID);
    await with_(pem.padEnd(1_048_577, '\n'), BROKEN_SIGNATURE);
    await with_('', BROKEN_SIGNATURE);
    await with_('signed', BROKEN_SIGNATURE);
    await with_(pem.replaceAll('PKCS7', 'CERTIFICATE'), BROKEN_SIGNATURE);
    await with_(pem + pem, BROKEN_SIGNATURE);
  });
});

test('a package without signature has none, whatever else lies in META_INF', async () => {
  assert.equal(await verified(await zipOf({ 'index.js': '', 'META_INF/other.SF': 'x' })), undefined);
});

test('verifying ends when the caller has left', async () => {
  const zip = await signer.sign(FILES, { profileVersionArn });
  const verify = signatureVerifier({ ...OPTIONS, roots: [] });
  await assert.rejects(verify(zip, AbortSignal.abort(new Error('left'))), /left/);
});

test('elements of ASN.1 are read with and without lengths, and refused when they are cut off', () => {
  const read = (hex: string) => readElement(Buffer.from(hex, 'hex')).content.toString('hex');
  assert.equal(read('3003020101'), '020101');
  assert.equal(read('30800201010000'), '020101');
  assert.equal(read('3081020500'), '0500');
  for (const hex of [
    '',
    '30',
    '3001',
    '3080',
    '3080020101',
    '308400ffffff00',
    '3085000000000100',
    '3f010100',
    '048000',
    '30000000',
  ]) {
    assert.throws(() => read(hex), NotBer, hex);
  }
});

/** The files with this in place of their signature. */
function spoilt(cms: Buffer): Promise<Signature | undefined> {
  return signer.sign(FILES, { profileVersionArn, spoil: () => cms }).then((zip) => verified(zip));
}

function verified(zip: Uint8Array, options: Partial<SignatureOptions> = {}): Promise<Signature | undefined> {
  const verify = signatureVerifier({ ...OPTIONS, ...options });
  return verify(zip, AbortSignal.timeout(60_000));
}

async function check(zip: Uint8Array, expected: object, options: Partial<SignatureOptions> = {}): Promise<void> {
  assert.deepEqual(await verified(zip, options), expected);
}
