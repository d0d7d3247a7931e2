import type { AliasConfiguration, AliasRoutingConfiguration } from '@aws-sdk/client-lambda';
import type { Weighted } from '../alias.ts';
import { type Alias, type FunctionKey, functionArn } from '../function.ts';
import { latestTarget, readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { page } from './page.ts';

// Texts: lambda-facts 5.2.

export const createAlias: FunctionOperation<'CreateAlias'> = (functions) => async (input, context) => {
  const key = latestTarget(input.FunctionName, context);
  const alias = await functions.createAlias(key, {
    name: input.Name ?? '',
    version: input.FunctionVersion ?? '',
    description: input.Description ?? '',
    routing: weighted(input.RoutingConfig ?? {}),
  });
  return aliasConfiguration(key, alias);
};

export const updateAlias: FunctionOperation<'UpdateAlias'> = (functions) => async (input, context) => {
  const key = latestTarget(input.FunctionName, context);
  const alias = await functions.updateAlias(key, input.Name ?? '', {
    version: input.FunctionVersion,
    description: input.Description,
    routing: input.RoutingConfig === undefined ? undefined : weighted(input.RoutingConfig),
    revisionId: input.RevisionId,
  });
  return aliasConfiguration(key, alias);
};

export const getAlias: FunctionOperation<'GetAlias'> = (functions) => (input, context) => {
  const key = readTarget(input.FunctionName, undefined, context);
  return aliasConfiguration(key, functions.alias(key, input.Name ?? ''));
};

export const deleteAlias: FunctionOperation<'DeleteAlias'> = (functions) => async (input, context) => {
  const key = latestTarget(input.FunctionName, context);
  await functions.deleteAlias(key, input.Name ?? '');
  return {};
};

export const listAliases: FunctionOperation<'ListAliases'> = (functions) => (input, context) => {
  const key = readTarget(input.FunctionName, undefined, context);
  const { FunctionVersion: version } = input;
  // A weight does not count: only the version that an alias points to.
  const all = functions.aliases(key).filter((alias) => version === undefined || alias.version === version);
  const shown = page(all, ({ name }) => [name, 0], { marker: input.Marker, maxItems: input.MaxItems });
  return { Aliases: shown.items.map((alias) => aliasConfiguration(key, alias)), NextMarker: shown.nextMarker };
};

function aliasConfiguration(key: FunctionKey, alias: Alias): AliasConfiguration {
  const { name, version, description, routing, revisionId } = alias;
  return {
    AliasArn: functionArn(key, name),
    Name: name,
    FunctionVersion: version,
    Description: description,
    RoutingConfig:
      routing === undefined ? undefined : { AdditionalVersionWeights: { [routing.version]: routing.weight } },
    RevisionId: revisionId,
  };
}

function weighted({ AdditionalVersionWeights: weights }: AliasRoutingConfiguration): Weighted[] {
  return Object.entries(weights ?? {}).map(([version, weight]) => ({ version, weight }));
}
