import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failing, HELLO, newFunction, type TestFunctions, testFunctions } from '../testing/test-functions.ts';
import { codeSigningConfigArn } from './code-signing-config.ts';

const PUBLISHERS = ['arn:aws:signer:eu-west-1:123456789012:/signing-profiles/mine/0123456789'];

test('an outage, or a power cut, never leaves a function with a configuration that is gone', async () => {
  const request = await newFunction('exports.handler = 1;');
  for (const dead of [false, true]) {
    for (let failAt = 1, hasStruck = true; hasStruck; failAt += 1) {
      const strikes = failing(failAt, dead);
      const opened = await testFunctions({ uuid: () => crypto.randomUUID(), wrapRecords: strikes.wrapRecords });
      const ended = await life(opened, request).then(() => 'well', String);
      hasStruck = strikes.hasStruck();
      if (!hasStruck) assert.equal(ended, 'well');
      if (!dead) assertWhole(opened, `before a restart, failed write ${failAt}`);
      await using again = await opened.reopen();
      assertWhole(again, `failed write ${failAt}, ${dead ? 'and all after it' : 'alone'}`);
    }
  }
});

test('a configuration is not deleted while a function is about to get it, nor got while it is being deleted', async () => {
  await using opened = await testFunctions({ uuid: () => crypto.randomUUID() });
  const { functions } = opened;
  const config = codeSigningConfigArn(await functions.codeSigning.create(HELLO, { publishers: PUBLISHERS }, {}));
  const inUse = { refusal: { kind: 'code-signing-config-in-use', arn: config } };
  const request = { ...(await newFunction('exports.handler = 1;')), codeSigningConfig: config };
  const creating = functions.create(HELLO, request, AbortSignal.timeout(60_000));
  await new Promise(setImmediate); // By now it waits for its code to be stored.
  await assert.rejects(functions.codeSigning.delete(HELLO, config), inUse);
  await creating;
  await functions.setCodeSigningConfig(HELLO, undefined);
  const attaching = functions.setCodeSigningConfig(HELLO, config);
  await assert.rejects(functions.codeSigning.delete(HELLO, config), inUse);
  await attaching;
  await functions.setCodeSigningConfig(HELLO, undefined);

  const deleting = functions.codeSigning.delete(HELLO, config);
  await Promise.resolve();
  await assert.rejects(functions.setCodeSigningConfig(HELLO, config), {
    refusal: { kind: 'no-code-signing-config-to-use', arn: config },
  });
  await deleting;
});

/** A function with a configuration gets another one and loses it, and the first one is deleted as soon as it can be. */
async function life({ functions }: TestFunctions, request: Awaited<ReturnType<typeof newFunction>>): Promise<void> {
  const config = () => functions.codeSigning.create(HELLO, { publishers: PUBLISHERS }, {});
  const first = codeSigningConfigArn(await config());
  await functions.create(HELLO, { ...request, codeSigningConfig: first }, AbortSignal.timeout(60_000));
  const second = codeSigningConfigArn(await config());
  await functions.setCodeSigningConfig(HELLO, second);
  await functions.codeSigning.delete(HELLO, first);
  await functions.setCodeSigningConfig(HELLO, undefined);
  await functions.codeSigning.delete(HELLO, second);
}

function assertWhole({ functions }: TestFunctions, when: string): void {
  const arn = functions.get(HELLO)?.head.codeSigningConfig;
  if (arn !== undefined) assert.doesNotThrow(() => functions.codeSigning.find(HELLO, arn), when);
}
