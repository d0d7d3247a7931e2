import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import { SIGNATURE_PATH, testSigner, zipOfEntries } from '../testing/signing.ts';
import { type LambdaClient, nodeFunction, refusalOf, serveLambda } from './testing/lambda-client.ts';

// Signed packages through the official client. Texts that AWS gave for changed and for unsigned content; others are ours.

const FunctionName = 'hello';
const FARN = 'arn:aws:lambda:eu-west-1:123456789012:function:hello';
const PROFILE = 'arn:aws:signer:eu-west-1:123456789012:/signing-profiles/mine/0123456789';
const OTHER = 'arn:aws:signer:eu-west-1:123456789012:/signing-profiles/other/0123456789';
const SIGNED_BY = {
  SigningProfileVersionArn: PROFILE,
  SigningJobArn: 'arn:aws:signer:eu-west-1:123456789012:/signing-jobs/a-job',
};
const NOW = systemClock.nowMs();
const signer = testSigner(NOW);
const signingRoots = [signer.root];
const FAILED = 'CodeVerificationFailedException';
const NOT_CONFIGURED = `Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to accept. Check the provided signature for ${FARN}.`;
const CHANGED = `Lambda cannot deploy the function. The function or layer code is not properly signed. This can mean that the code was signed incorrectly or modified after it was signed. Check the provided signature for ${FARN}.`;

test('signed code is deployed under Enforce, tells who signed it, and goes on after a restart', async (t) => {
  const { lambda, idle, restart } = await serveLambda(t, { signingRoots });
  const CodeSigningConfigArn = await configOf(lambda, 'Enforce');
  const ZipFile = await code('1');
  const created = await lambda.createFunction({ ...(await nodeFunction(FunctionName, ZipFile)), CodeSigningConfigArn });
  assert.deepEqual(signedBy(created), SIGNED_BY);
  await idle();
  const { LayerVersionArn = '', Content } = await lambda.publishLayerVersion({
    LayerName: 'tools',
    Content: { ZipFile: await code('layer') },
  });
  assert.deepEqual(signedBy(Content), SIGNED_BY);
  await lambda.updateFunctionConfiguration({ FunctionName, Layers: [LayerVersionArn] });
  await idle();
  const again = await restart();
  const { Configuration } = await again.lambda.getFunction({ FunctionName });
  assert.deepEqual([signedBy(Configuration), signedBy(Configuration?.Layers?.[0])], [SIGNED_BY, SIGNED_BY]);
  assert.deepEqual(signedBy((await again.lambda.listFunctions({})).Functions?.[0]), SIGNED_BY);
  await again.lambda.updateFunctionCode({ FunctionName, ZipFile: await code('2') });
});

test('what is signed by other publishers, too long ago, or by a stranger is refused under Enforce and passes under Warn', async (t) => {
  const { lambda, idle } = await serveLambda(t, { signingRoots });
  const CodeSigningConfigArn = await configOf(lambda, 'Enforce');
  await lambda.createFunction(await nodeFunction(FunctionName));
  await idle();
  await lambda.putFunctionCodeSigningConfig({ FunctionName, CodeSigningConfigArn });
  const stranger = testSigner(NOW);
  const zips = [
    [await code('1', OTHER), NOT_CONFIGURED],
    [
      await stranger.sign(files('1'), { profileVersionArn: PROFILE }),
      `${NOT_CONFIGURED} It leads to CN=root, SHA-256 ${stranger.root.fingerprint256}, which this server does not trust: see lambent serve --signing-roots.`,
    ],
    [
      await signer.sign(files('1'), { profileVersionArn: PROFILE, signedMs: NOW - 2_000, expiresMs: NOW - 1_000 }),
      `Lambda cannot deploy the function. The signature of the function or layer has expired. Check the provided signature for ${FARN}.`,
    ],
  ] as const;
  for (const [ZipFile, message] of zips) {
    const refused = await refusalOf(lambda.updateFunctionCode({ FunctionName, ZipFile }));
    assert.deepEqual(refused, { name: FAILED, message, Type: 'User' });
  }
  const CodeSigningPolicies = { UntrustedArtifactOnDeployment: 'Warn' } as const;
  await lambda.updateCodeSigningConfig({ CodeSigningConfigArn, CodeSigningPolicies });
  for (const [ZipFile] of zips) {
    await lambda.updateFunctionCode({ FunctionName, ZipFile });
    await idle();
  }
});

test('what was changed after it was signed is refused under both policies, and taken without a configuration', async (t) => {
  const { lambda, idle } = await serveLambda(t, { signingRoots });
  const CodeSigningConfigArn = await configOf(lambda, 'Warn');
  await lambda.createFunction({ ...(await nodeFunction(FunctionName)), CodeSigningConfigArn });
  await idle();
  const changed = await changedAfterSigning();
  const unreadable = await signer.sign(files('1'), { profileVersionArn: PROFILE, spoil: (cms) => cms.subarray(1) });
  for (const policy of ['Warn', 'Enforce'] as const) {
    const CodeSigningPolicies = { UntrustedArtifactOnDeployment: policy };
    await lambda.updateCodeSigningConfig({ CodeSigningConfigArn, CodeSigningPolicies });
    assert.deepEqual(await refusalOf(lambda.updateFunctionCode({ FunctionName, ZipFile: changed })), {
      name: FAILED,
      message: CHANGED,
      Type: 'User',
    });
    assert.deepEqual(await refusalOf(lambda.updateFunctionCode({ FunctionName, ZipFile: unreadable })), {
      name: 'InvalidCodeSignatureException',
      message: CHANGED,
      Type: 'User',
    });
  }
  const Content = { ZipFile: changed };
  const layer = await lambda.publishLayerVersion({ LayerName: 'tools', Content });
  assert.deepEqual(signedBy(layer.Content), {});
  // A new function, and a function that gets such a layer, are refused for the same.
  const broken = { name: 'InvalidCodeSignatureException', Type: 'User' };
  const creation = lambda.createFunction({ ...(await nodeFunction('other', unreadable)), CodeSigningConfigArn });
  assert.deepEqual(await refusalOf(creation), { ...broken, message: CHANGED.replace('hello', 'other') });
  const { LayerVersionArn = '' } = await lambda.publishLayerVersion({
    LayerName: 'unreadable',
    Content: { ZipFile: unreadable },
  });
  assert.deepEqual(await refusalOf(lambda.updateFunctionConfiguration({ FunctionName, Layers: [LayerVersionArn] })), {
    ...broken,
    message: CHANGED.replace(FARN, LayerVersionArn),
  });
  await lambda.deleteFunctionCodeSigningConfig({ FunctionName });
  assert.deepEqual(signedBy(await lambda.updateFunctionCode({ FunctionName, ZipFile: changed })), {});
});

function files(answer: string): [string, string][] {
  return [['index.js', `exports.handler = async () => '${answer}';`]];
}

const code = (answer: string, profileVersionArn = PROFILE) => signer.sign(files(answer), { profileVersionArn });

/** Other code under the signature of the first. */
async function changedAfterSigning(): Promise<Buffer> {
  const signed = [...files('1'), ['META_INF/', '']] as [string, string][];
  const signature = signer.signature(signed, { profileVersionArn: PROFILE });
  return zipOfEntries([...files('2'), ['META_INF/', ''], [SIGNATURE_PATH, signature]]);
}

function signedBy(shown: object | undefined): object {
  const members = Object.entries(shown ?? {});
  return Object.fromEntries(members.filter(([name, value]) => name.startsWith('Signing') && value !== undefined));
}

async function configOf(lambda: LambdaClient, UntrustedArtifactOnDeployment: 'Warn' | 'Enforce'): Promise<string> {
  const { CodeSigningConfig } = await lambda.createCodeSigningConfig({
    AllowedPublishers: { SigningProfileVersionArns: [PROFILE] },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment },
  });
  return CodeSigningConfig?.CodeSigningConfigArn ?? '';
}
