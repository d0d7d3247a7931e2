import type { AliasConfiguration, AliasRoutingConfiguration } from '@aws-sdk/client-lambda';
import { type Check, doubleRange, keys, length, pattern, validate, values } from '../../wire/validation.ts';
import type { Weighted } from '../alias.ts';
import { type Alias, type FunctionKey, functionArn } from '../function.ts';
import { REQUIRED } from './constraints.ts';
import { NAME_TO_CHANGE, readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { maxItemsCheck, page } from './page.ts';

// Texts: lambda-facts 5.2; ranges and patterns: the API's model.

export const createAlias: FunctionOperation<'CreateAlias'> = (functions) => async (input, context) => {
  validate([
    nameCheck(input.Name),
    ...targetChecks(input, REQUIRED),
    { path: 'functionName', value: input.FunctionName, constraints: NAME_TO_CHANGE },
  ]);
  const key = readTarget(input.FunctionName, undefined, context);
  const alias = await functions.createAlias(key, {
    name: input.Name ?? '',
    version: input.FunctionVersion ?? '',
    description: input.Description ?? '',
    routing: weighted(input.RoutingConfig ?? {}),
  });
  return aliasConfiguration(key, alias);
};

export const updateAlias: FunctionOperation<'UpdateAlias'> = (functions) => async (input, context) => {
  validate([
    nameCheck(input.Name),
    ...targetChecks(input, []),
    { path: 'functionName', value: input.FunctionName, constraints: NAME_TO_CHANGE },
  ]);
  const key = readTarget(input.FunctionName, undefined, context);
  const alias = await functions.updateAlias(key, input.Name ?? '', {
    version: input.FunctionVersion,
    description: input.Description,
    routing: input.RoutingConfig === undefined ? undefined : weighted(input.RoutingConfig),
    revisionId: input.RevisionId,
  });
  return aliasConfiguration(key, alias);
};

export const getAlias: FunctionOperation<'GetAlias'> = (functions) => (input, context) => {
  const { key, name } = namedAlias(input, context);
  return aliasConfiguration(key, functions.alias(key, name));
};

export const deleteAlias: FunctionOperation<'DeleteAlias'> = (functions) => async (input, context) => {
  const { key, name } = namedAlias(input, context);
  await functions.deleteAlias(key, name);
  return {};
};

export const listAliases: FunctionOperation<'ListAliases'> = (functions) => (input, context) => {
  validate([
    versionCheck(input.FunctionVersion, []),
    maxItemsCheck(input.MaxItems),
    { path: 'functionName', value: input.FunctionName, constraints: NAME_TO_CHANGE },
  ]);
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

function namedAlias(
  input: { FunctionName: string | undefined; Name: string | undefined },
  context: { account: string; region: string },
) {
  validate([nameCheck(input.Name), { path: 'functionName', value: input.FunctionName, constraints: NAME_TO_CHANGE }]);
  return { key: readTarget(input.FunctionName, undefined, context), name: input.Name ?? '' };
}

const nameCheck = (name: string | undefined): Check => ({
  path: 'name',
  value: name,
  constraints: [...REQUIRED, length(1, 128), pattern('(?!^[0-9]+$)([a-zA-Z0-9-_]+)')],
});

const versionCheck = (version: string | undefined, given: Check['constraints']): Check => ({
  path: 'functionVersion',
  value: version,
  constraints: [...given, length(1, 1_024), pattern('(\\$LATEST(\\.PUBLISHED)?|[0-9]+)')],
});

function targetChecks(
  input: {
    FunctionVersion?: string | undefined;
    Description?: string | undefined;
    RoutingConfig?: AliasRoutingConfiguration | undefined;
  },
  given: Check['constraints'],
): Check[] {
  return [
    versionCheck(input.FunctionVersion, given),
    { path: 'description', value: input.Description, constraints: [length(0, 256)] },
    {
      path: 'routingConfig.additionalVersionWeights',
      value: input.RoutingConfig?.AdditionalVersionWeights,
      constraints: [keys(length(1, 1_024), pattern('[0-9]+')), values(doubleRange(0, 1))],
    },
  ];
}
