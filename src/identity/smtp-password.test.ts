import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { regionOfSmtpPassword, smtpPassword } from './smtp-password.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

// The steps of AWS's guide, in the language of its example.
const PYTHON = `
import base64, hashlib, hmac, sys
def sign(key, msg): return hmac.new(key, msg.encode('utf-8'), hashlib.sha256).digest()
signature = sign(('AWS4' + sys.argv[1]).encode('utf-8'), '11111111')
for word in (sys.argv[2], 'ses', 'aws4_request', 'SendRawEmail'): signature = sign(signature, word)
print(base64.b64encode(bytes([0x04]) + signature).decode('utf-8'))
`;

test('the password is what AWS’s steps make of the key', () => {
  for (const region of ['us-east-1', 'eu-central-1']) {
    const theirs = execFileSync('python3', ['-c', PYTHON, SECRET, region], { encoding: 'utf8' }).trim();
    assert.equal(smtpPassword(SECRET, region), theirs);
  }
});

test('a password tells its region, and one of another key none', () => {
  const regions = ['us-east-1', 'eu-central-1'];
  assert.equal(regionOfSmtpPassword(SECRET, smtpPassword(SECRET, 'eu-central-1'), regions), 'eu-central-1');
  assert.equal(regionOfSmtpPassword(SECRET, smtpPassword(SECRET, 'eu-west-1'), regions), undefined);
  assert.equal(regionOfSmtpPassword(`${SECRET}x`, smtpPassword(SECRET, 'us-east-1'), regions), undefined);
  for (const text of ['', SECRET, 'BA==']) assert.equal(regionOfSmtpPassword(SECRET, text, regions), undefined);
});
