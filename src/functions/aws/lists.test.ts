// Every operation that lists, read page by page to the end with the SDK's own paginators: nothing twice, nothing left
// out, in AWS's order, with pages as long as was asked for.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { readModel } from '../../wire/schema.ts';
import { zipOf } from '../testing/zips.ts';
import { lambdaHandlers } from './lambda-handlers.ts';
import type { Lambda } from './operation.ts';
import { type LambdaClient, nodeFunction, refusalOf, serveLambda } from './testing/lambda-client.ts';

const sdk = createRequire(import.meta.url)('@aws-sdk/client-lambda') as Lambda;
const HERE = 'arn:aws:lambda:eu-west-1:123456789012:function';
const FunctionName = 'hello';
const publisher = 'arn:aws:signer:eu-west-1:123456789012:/signing-profiles/us/abcdefghij';

type Call<Page> = (lambda: LambdaClient, page: { MaxItems?: number; Marker?: string }) => Promise<Page>;

/** What a list shows, and what makes it show five of it: ids, in the order of the list. */
interface List<Page extends { NextMarker?: string | undefined }> {
  readonly fill: (lambda: LambdaClient, idle: () => Promise<void>) => Promise<readonly string[]>;
  readonly call: Call<Page>;
  readonly ids: (page: Page) => readonly (string | undefined)[] | undefined;
  /** The most that MaxItems may be. */
  readonly itemsMax: number;
}

const five = ['a', 'b', 'c', 'd', 'e'];
const list = <Page extends { NextMarker?: string | undefined }>(one: List<Page>) => one;

const LISTS = {
  ListFunctions: list({
    fill: async (lambda) => {
      // In another order than that of the list.
      for (const name of five.toReversed()) await lambda.createFunction(await nodeFunction(name));
      return five;
    },
    call: (lambda, page) => lambda.listFunctions(page),
    ids: ({ Functions }) => Functions?.map((one) => one.FunctionName),
    itemsMax: 10_000,
  }),
  ListVersionsByFunction: list({
    fill: async (lambda, idle) => {
      await withVersions(lambda, idle, 4);
      return ['$LATEST', '1', '2', '3', '4'];
    },
    call: (lambda, page) => lambda.listVersionsByFunction({ FunctionName, ...page }),
    ids: ({ Versions }) => Versions?.map((one) => one.Version),
    itemsMax: 10_000,
  }),
  ListAliases: list({
    fill: async (lambda, idle) => {
      await withVersions(lambda, idle, 1);
      for (const Name of five.toReversed()) await lambda.createAlias({ FunctionName, Name, FunctionVersion: '1' });
      return five;
    },
    call: (lambda, page) => lambda.listAliases({ FunctionName, ...page }),
    ids: ({ Aliases }) => Aliases?.map((one) => one.Name),
    itemsMax: 10_000,
  }),
  ListProvisionedConcurrencyConfigs: list({
    fill: async (lambda, idle) => {
      await withVersions(lambda, idle, 5);
      for (const Qualifier of ['5', '3', '1', '2', '4']) {
        await lambda.putProvisionedConcurrencyConfig({ FunctionName, Qualifier, ProvisionedConcurrentExecutions: 1 });
      }
      return ['1', '2', '3', '4', '5'].map((version) => `${HERE}:hello:${version}`);
    },
    call: (lambda, page) => lambda.listProvisionedConcurrencyConfigs({ FunctionName, ...page }),
    ids: ({ ProvisionedConcurrencyConfigs }) => ProvisionedConcurrencyConfigs?.map((one) => one.FunctionArn),
    itemsMax: 50,
  }),
  ListFunctionEventInvokeConfigs: list({
    fill: async (lambda, idle) => {
      await withVersions(lambda, idle, 3);
      await lambda.createAlias({ FunctionName, Name: 'live', FunctionVersion: '1' });
      const qualifiers = ['$LATEST', '1', '2', '3', 'live'];
      for (const Qualifier of qualifiers.toReversed()) {
        await lambda.putFunctionEventInvokeConfig({ FunctionName, Qualifier, MaximumRetryAttempts: 0 });
      }
      return qualifiers.map((qualifier) => `${HERE}:hello:${qualifier}`);
    },
    call: (lambda, page) => lambda.listFunctionEventInvokeConfigs({ FunctionName, ...page }),
    ids: ({ FunctionEventInvokeConfigs }) => FunctionEventInvokeConfigs?.map((one) => one.FunctionArn),
    itemsMax: 50,
  }),
  ListFunctionUrlConfigs: list({
    fill: async (lambda, idle) => {
      await withVersions(lambda, idle, 1);
      for (const Name of ['d', 'b', 'c', 'a']) await lambda.createAlias({ FunctionName, Name, FunctionVersion: '1' });
      for (const Qualifier of ['b', undefined, 'd', 'a', 'c']) {
        await lambda.createFunctionUrlConfig({ FunctionName, Qualifier, AuthType: 'NONE' });
      }
      return ['', ':a', ':b', ':c', ':d'].map((alias) => `${HERE}:hello${alias}`);
    },
    call: (lambda, page) => lambda.listFunctionUrlConfigs({ FunctionName, ...page }),
    ids: ({ FunctionUrlConfigs }) => FunctionUrlConfigs?.map((one) => one.FunctionArn),
    itemsMax: 50,
  }),
  ListLayers: list({
    fill: async (lambda) => {
      for (const name of five.toReversed()) await publishLayer(lambda, name);
      return five;
    },
    call: (lambda, page) => lambda.listLayers(page),
    ids: ({ Layers }) => Layers?.map((one) => one.LayerName),
    itemsMax: 50,
  }),
  ListLayerVersions: list({
    fill: async (lambda) => {
      for (let count = 0; count < 5; count += 1) await publishLayer(lambda, 'layer');
      return ['5', '4', '3', '2', '1'];
    },
    call: (lambda, page) => lambda.listLayerVersions({ LayerName: 'layer', ...page }),
    ids: ({ LayerVersions }) => LayerVersions?.map((one) => String(one.Version)),
    itemsMax: 50,
  }),
  ListCodeSigningConfigs: list({
    fill: async (lambda) => {
      const made: string[] = [];
      for (let count = 0; count < 5; count += 1) made.push(await newConfig(lambda));
      return made.sort(); // AWS does not say in which order; it stays the same.
    },
    call: (lambda, page) => lambda.listCodeSigningConfigs(page),
    ids: ({ CodeSigningConfigs }) => CodeSigningConfigs?.map((one) => one.CodeSigningConfigArn),
    itemsMax: 10_000,
  }),
  ListFunctionsByCodeSigningConfig: list({
    fill: async (lambda) => {
      const CodeSigningConfigArn = await newConfig(lambda);
      for (const name of five) await lambda.createFunction({ ...(await nodeFunction(name)), CodeSigningConfigArn });
      return five.map((name) => `${HERE}:${name}`);
    },
    call: async (lambda, page) => {
      const { CodeSigningConfigs } = await lambda.listCodeSigningConfigs();
      const CodeSigningConfigArn = CodeSigningConfigs?.[0]?.CodeSigningConfigArn;
      return lambda.listFunctionsByCodeSigningConfig({ CodeSigningConfigArn, ...page });
    },
    ids: ({ FunctionArns }) => FunctionArns,
    itemsMax: 10_000,
  }),
};

for (const [operation, { fill, call, ids, itemsMax }] of Object.entries(LISTS) as [string, List<object>][]) {
  describe(operation, () => {
    test('shows all, once, page by page', async (t) => {
      const { lambda, idle } = await serveLambda(t);
      const expected = await fill(lambda, idle);
      for (const MaxItems of [1, 2, 4, 5, undefined]) {
        const { shown, lengths } = await pages({ call, ids }, lambda, MaxItems);
        assert.deepEqual(shown, expected, `${MaxItems} a page`);
        const full = Math.min(MaxItems ?? expected.length, expected.length);
        assert.ok(
          lengths.slice(0, -1).every((length) => length === full),
          `${MaxItems} a page: ${lengths}`,
        );
        assert.equal(lengths.length, Math.ceil(expected.length / full));
      }
    });

    test(`takes 1 to ${itemsMax} a page, and the markers it gave`, async (t) => {
      const { lambda, idle } = await serveLambda(t);
      const expected = await fill(lambda, idle);
      const whole = await pages({ call, ids }, lambda, itemsMax);
      assert.deepEqual(whole.shown, expected);
      const outside = { 0: 'greater than or equal to 1', [itemsMax + 1]: `less than or equal to ${itemsMax}` };
      for (const [MaxItems, constraint] of Object.entries(outside)) {
        assert.deepEqual(await refusalOf(call(lambda, { MaxItems: Number(MaxItems) })), {
          name: 'ValidationException',
          message: `1 validation error detected: Value '${MaxItems}' at 'maxItems' failed to satisfy constraint: Member must have value ${constraint}`,
        });
      }
      const refused = await refusalOf(call(lambda, { Marker: 'none of ours' }));
      assert.equal(refused.name, 'InvalidParameterValueException');
    });
  });
}

test('every operation with a marker is in this table', () => {
  // SAFE: handlers are listed, and none is called.
  const handlers = lambdaHandlers({} as never, {} as never);
  const listing = [...readModel(sdk).operations.values()]
    .filter(({ name, output }) => name in handlers && output?.members.some((member) => member.name === 'NextMarker'))
    .map(({ name }) => name);
  assert.deepEqual(Object.keys(LISTS).sort(), listing.sort());
});

test('the SDK’s own paginators come to the end', async (t) => {
  const { lambda: client } = await serveLambda(t);
  await LISTS.ListFunctions.fill(client, async () => {});
  const names: (string | undefined)[] = [];
  for await (const page of sdk.paginateListFunctions({ client, pageSize: 2 }, {})) {
    names.push(...(page.Functions ?? []).map((one) => one.FunctionName));
  }
  assert.deepEqual(names, five);
});

async function pages({ call, ids }: Pick<List<object>, 'call' | 'ids'>, lambda: LambdaClient, MaxItems?: number) {
  const shown: (string | undefined)[] = [];
  const lengths: number[] = [];
  let Marker: string | undefined;
  do {
    const page: { NextMarker?: string } = await call(lambda, { MaxItems, Marker });
    const items = ids(page) ?? [];
    shown.push(...items);
    lengths.push(items.length);
    assert.ok(lengths.length < 20, 'there is no end');
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  return { shown, lengths };
}

async function withVersions(lambda: LambdaClient, idle: () => Promise<void>, count: number): Promise<void> {
  await lambda.createFunction(await nodeFunction(FunctionName));
  await idle();
  for (let number = 1; number <= count; number += 1) {
    await lambda.updateFunctionConfiguration({ FunctionName, Description: String(number) });
    await idle();
    await lambda.publishVersion({ FunctionName });
  }
}

async function publishLayer(lambda: LambdaClient, LayerName: string): Promise<void> {
  await lambda.publishLayerVersion({ LayerName, Content: { ZipFile: await zipOf({ 'a.txt': LayerName }) } });
}

async function newConfig(lambda: LambdaClient): Promise<string> {
  const made = await lambda.createCodeSigningConfig({
    AllowedPublishers: { SigningProfileVersionArns: [publisher] },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Warn' },
  });
  return made.CodeSigningConfig?.CodeSigningConfigArn ?? '';
}
