import type { Entry } from '../catalogue.ts';
import { type FunctionKey, LATEST, type Version } from '../function.ts';
import { listedConfiguration } from './configuration.ts';
import { readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { page } from './page.ts';

export const listFunctions: FunctionOperation<'ListFunctions'> = (functions) => (input, context) => {
  // One region's name asks for copies that Lambda@Edge made of its functions; there are none here.
  const all = input.MasterRegion === undefined || input.MasterRegion === 'ALL' ? functions.list(context) : [];
  const everyVersion = input.FunctionVersion === 'ALL';
  const items = everyVersion
    ? all.flatMap(versionsOf)
    : all.map(({ head }) => ({ key: head.key, version: head.latest }));
  const shown = page(items, idOf, { marker: input.Marker, maxItems: input.MaxItems });
  return {
    Functions: shown.items.map(({ key, version }) =>
      listedConfiguration(key, version, everyVersion ? version.version : undefined),
    ),
    NextMarker: shown.nextMarker,
  };
};

export const listVersionsByFunction: FunctionOperation<'ListVersionsByFunction'> = (functions) => (input, context) => {
  const target = readTarget(input.FunctionName, undefined, context);
  const items = versionsOf(functions.find(target));
  const shown = page(items, idOf, { marker: input.Marker, maxItems: input.MaxItems });
  return {
    Versions: shown.items.map(({ key, version }) => listedConfiguration(key, version, version.version)),
    NextMarker: shown.nextMarker,
  };
};

interface Listed {
  key: FunctionKey;
  version: Version;
}

/** `$LATEST` first, then by number. */
function versionsOf({ head, versions }: Entry): Listed[] {
  return [head.latest, ...versions.values()].map((version) => ({ key: head.key, version }));
}

const idOf = ({ key, version }: Listed) =>
  [key.name, version.version === LATEST ? 0 : Number(version.version)] as const;
