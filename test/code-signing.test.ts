// A server that believes the signers below one authority, from its command line to the answer of a signed function.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ServerDidNotStart, withoutAwsSettings } from '../scripts/server-process.ts';
import { testSigner } from '../src/functions/testing/signing.ts';
import { awsLambda } from './aws-cli.ts';
import { deploy, invoke } from './deploy.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, ROLE, serve, settled, temporaryDirectory } from './server.ts';

const profileVersionArn = 'arn:aws:signer:eu-west-1:000000000000:/signing-profiles/mine/0123456789';

test('under Enforce a signed function runs, and what others signed is refused', async (t) => {
  const cleanUp = cleanUpOf(t);
  const signer = testSigner(Date.now());
  const roots = join(await temporaryDirectory(cleanUp), 'roots.pem');
  await writeFile(roots, `Ours:\n${testSigner(Date.now()).root}${signer.root}`);
  const client = lambdaClient(cleanUp, await serve(cleanUp, { args: ['--signing-roots', roots] }));
  const sdk = lambdaSdk();
  const { CodeSigningConfig } = await client.send(
    new sdk.CreateCodeSigningConfigCommand({
      AllowedPublishers: { SigningProfileVersionArns: [profileVersionArn] },
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
    }),
  );
  const files = [['index.js', "exports.handler = async () => 'signed';"]] as const;
  await client.send(
    new sdk.CreateFunctionCommand({
      FunctionName: 'signed',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      Timeout: 30,
      Code: { ZipFile: await signer.sign(files, { profileVersionArn }) },
      CodeSigningConfigArn: CodeSigningConfig?.CodeSigningConfigArn,
    }),
  );
  await settled(client, 'signed');
  assert.equal((await invoke(client, 'signed')).text, '"signed"');
  const ZipFile = await testSigner(Date.now()).sign(files, { profileVersionArn });
  await assert.rejects(client.send(new sdk.UpdateFunctionCodeCommand({ FunctionName: 'signed', ZipFile })), {
    name: 'CodeVerificationFailedException',
    message: /, which this server does not trust: see lambent serve --signing-roots\.$/,
  });
});

test('a server whose --signing-roots are none says so, and does not start', async (t) => {
  const cleanUp = cleanUpOf(t);
  const directory = await temporaryDirectory(cleanUp);
  const path = join(directory, 'roots.pem');
  for (const [content, reason] of [
    [undefined, 'no such file'],
    ['nothing', 'there is no PEM certificate in it'],
  ] as const) {
    if (content !== undefined) await writeFile(path, content);
    await assert.rejects(
      serve(cleanUp, { args: ['--signing-roots', path] }),
      (error) => error instanceof ServerDidNotStart && error.logged.includes(path) && error.logged.includes(reason),
    );
  }
});

test('the AWS CLI keeps code signing and runtime management', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const home = await temporaryDirectory(cleanUp);
  const aws = await awsLambda({ ...withoutAwsSettings(), ...server.env, HOME: home });
  const name = 'typed';
  await deploy(lambdaClient(cleanUp, server), {
    name,
    runtime: 'nodejs24.x',
    files: { 'index.js': 'exports.handler = async () => 1;' },
  });
  const publishers = ['--allowed-publishers', `SigningProfileVersionArns=${profileVersionArn}`];
  const { CodeSigningConfig: made } = await aws('create-code-signing-config', ...publishers);
  const config = ['--code-signing-config-arn', made.CodeSigningConfigArn];
  const named = ['--function-name', name];
  const attached = { CodeSigningConfigArn: made.CodeSigningConfigArn, FunctionName: name };
  assert.deepEqual(await aws('put-function-code-signing-config', ...config, ...named), attached);
  assert.deepEqual(await aws('get-function-code-signing-config', ...named), attached);
  await assert.rejects(aws('delete-code-signing-config', ...config), /ResourceConflictException/);
  const { FunctionArn, RuntimeVersionConfig } = await aws('get-function-configuration', ...named);
  const manual = ['--update-runtime-on', 'Manual', '--runtime-version-arn', RuntimeVersionConfig.RuntimeVersionArn];
  await aws('put-runtime-management-config', ...named, ...manual);
  const kept = await aws('get-runtime-management-config', ...named);
  assert.deepEqual(kept, { UpdateRuntimeOn: 'Manual', FunctionArn, ...RuntimeVersionConfig });
});
