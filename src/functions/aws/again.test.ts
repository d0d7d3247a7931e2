// Clients repeat what they were not answered: what every operation that changes something does the second time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CALLS, signing, stateOf } from './testing/changes.ts';
import { functionWithVersions } from './testing/function-with-versions.ts';

/** `nothing`: it is made, and all is as before; `change`: it is made once more, if only by a new revision; else refused. */
const AGAIN: Readonly<Record<string, string>> = {
  AddLayerVersionPermission: 'ResourceConflictException',
  AddPermission: 'ResourceConflictException',
  CreateAlias: 'ResourceConflictException',
  CreateCodeSigningConfig: 'change',
  CreateFunction: 'ResourceConflictException',
  CreateFunctionUrlConfig: 'ResourceConflictException',
  DeleteAlias: 'nothing',
  DeleteCodeSigningConfig: 'ResourceNotFoundException',
  DeleteFunction: 'ResourceNotFoundException',
  DeleteFunctionCodeSigningConfig: 'nothing',
  DeleteFunctionConcurrency: 'nothing',
  DeleteFunctionEventInvokeConfig: 'ResourceNotFoundException',
  DeleteFunctionUrlConfig: 'ResourceNotFoundException',
  DeleteLayerVersion: 'nothing',
  DeleteProvisionedConcurrencyConfig: 'nothing',
  DeleteResourcePolicy: 'ResourceNotFoundException',
  PublishLayerVersion: 'change',
  PublishVersion: 'nothing',
  PutFunctionCodeSigningConfig: 'nothing',
  PutFunctionConcurrency: 'nothing',
  PutFunctionEventInvokeConfig: 'nothing',
  PutFunctionRecursionConfig: 'nothing',
  PutProvisionedConcurrencyConfig: 'change',
  PutResourcePolicy: 'change',
  PutRuntimeManagementConfig: 'nothing',
  RemoveLayerVersionPermission: 'ResourceNotFoundException',
  RemovePermission: 'ResourceNotFoundException',
  TagResource: 'change',
  UntagResource: 'change',
  UpdateAlias: 'change',
  UpdateCodeSigningConfig: 'nothing',
  UpdateFunctionCode: 'change',
  UpdateFunctionConfiguration: 'change',
  UpdateFunctionEventInvokeConfig: 'nothing',
  UpdateFunctionUrlConfig: 'nothing',
};

test('what is asked for twice is made once, made again, or refused, as on AWS', async (t) => {
  const { lambda, idle } = await functionWithVersions(t, { versions: 1 });
  const config = (await lambda.createCodeSigningConfig(signing('one'))).CodeSigningConfig?.CodeSigningConfigArn ?? '';
  const seen: Record<string, string> = {};
  for (const [operation, call] of Object.entries(CALLS)) {
    await call(lambda, config);
    await idle();
    const before = timeless(await stateOf(lambda));
    const refused = await call(lambda, config).then(
      () => undefined,
      (error: Error) => error.name,
    );
    await idle();
    const isSame = timeless(await stateOf(lambda)) === before;
    if (refused !== undefined) assert.ok(isSame, `${operation} was refused, and has changed something`);
    seen[operation] = refused ?? (isSame ? 'nothing' : 'change');
  }
  assert.deepEqual(seen, AGAIN);
});

/** That something was written at another time is no difference here. */
const timeless = (state: unknown) =>
  JSON.stringify(state).replaceAll(/\\"LastModified(Time)?\\":(\\"[^"]*\\"|[\d.]+)/g, '');
