import type { LayerVersionsListItem, PublishLayerVersionResponse } from '@aws-sdk/client-lambda';
import type { Operation, RequestContext } from '../../wire/service.ts';
import type { Functions } from '../functions.ts';
import { type LayerVersion, layerArn, layerVersionArn } from '../layers/layer.ts';
import { attacher } from './attacher.ts';
import type { CodeObjects } from './code-objects.ts';
import { zipOf } from './code-source.ts';
import { isoTimestamp } from './configuration.ts';
import type { CodeUrl } from './get-function.ts';
import { layerTarget, layerVersionTarget, ownLayer } from './layer-target.ts';
import type { FunctionOperation, Lambda } from './operation.ts';
import { page } from './page.ts';
import { signingMembers } from './signing-members.ts';

type LayerOperation<Name extends 'GetLayerVersion' | 'GetLayerVersionByArn'> = (
  functions: Functions,
  codeUrl: CodeUrl,
) => Operation<Lambda, Name>;

export const publishLayerVersion =
  (functions: Functions, codeUrl: CodeUrl, objects: CodeObjects): Operation<Lambda, 'PublishLayerVersion'> =>
  async (input, context) => {
    const { Content, CompatibleRuntimes, CompatibleArchitectures } = input;
    const key = ownLayer(input.LayerName, attacher(context), 'PublishLayerVersion');
    await using code = await zipOf(Content ?? {}, { functions, objects, context });
    const layer = await functions.layers.publish(
      key,
      {
        zip: code.zip,
        description: input.Description ?? '',
        runtimes: CompatibleRuntimes,
        architectures: CompatibleArchitectures,
        license: input.LicenseInfo,
      },
      context.signal,
    );
    return shown(layer, codeUrl, context);
  };

export const getLayerVersion: LayerOperation<'GetLayerVersion'> = (functions, codeUrl) => (input, context) => {
  const key = layerTarget(input.LayerName, context);
  return shown(functions.layers.findFor(key, input.VersionNumber ?? 0, attacher(context)), codeUrl, context);
};

export const getLayerVersionByArn: LayerOperation<'GetLayerVersionByArn'> =
  (functions, codeUrl) => (input, context) => {
    const { key, version } = layerVersionTarget(input.Arn ?? '', context);
    return shown(functions.layers.findFor(key, version, attacher(context)), codeUrl, context);
  };

export const deleteLayerVersion: FunctionOperation<'DeleteLayerVersion'> = (functions) => async (input, context) => {
  const version = input.VersionNumber ?? 0;
  const key = ownLayer(input.LayerName, attacher(context), 'DeleteLayerVersion', version);
  await functions.layers.delete(key, version);
  return {};
};

export const listLayers: FunctionOperation<'ListLayers'> = (functions) => (input, context) => {
  const matching = functions.layers.list(context).flatMap((versions) => versions.find(matches(input)) ?? []);
  const { items, nextMarker } = page(matching, ({ key }) => [key.name, 0], {
    marker: input.Marker,
    maxItems: input.MaxItems,
  });
  return {
    Layers: items.map((layer) => ({
      LayerName: layer.key.name,
      LayerArn: layerArn(layer.key),
      LatestMatchingVersion: listed(layer),
    })),
    NextMarker: nextMarker,
  };
};

export const listLayerVersions: FunctionOperation<'ListLayerVersions'> = (functions) => (input, context) => {
  const key = ownLayer(input.LayerName, attacher(context), 'ListLayerVersions');
  const matching = functions.layers.versions(key).filter(matches(input));
  // Newest first, so that they ascend by what is negative.
  const { items, nextMarker } = page(matching, ({ key, version }) => [key.name, -version], {
    marker: input.Marker,
    maxItems: input.MaxItems,
  });
  return { LayerVersions: items.map(listed), NextMarker: nextMarker };
};

interface Filter {
  readonly CompatibleRuntime?: string | undefined;
  readonly CompatibleArchitecture?: string | undefined;
  readonly MaxItems?: number | undefined;
}

function matches({ CompatibleRuntime: runtime, CompatibleArchitecture: architecture }: Filter) {
  return (layer: LayerVersion): boolean =>
    (runtime === undefined || (layer.runtimes ?? []).includes(runtime)) &&
    (architecture === undefined || (layer.architectures ?? []).some((one) => one === architecture));
}

function listed(layer: LayerVersion): LayerVersionsListItem {
  return {
    LayerVersionArn: layerVersionArn(layer),
    Version: layer.version,
    Description: layer.description,
    CreatedDate: isoTimestamp(layer.createdMs),
    CompatibleRuntimes: layer.runtimes as LayerVersionsListItem['CompatibleRuntimes'], // SAFE: checked when published.
    LicenseInfo: layer.license,
    CompatibleArchitectures: layer.architectures === undefined ? undefined : [...layer.architectures],
  };
}

function shown(layer: LayerVersion, codeUrl: CodeUrl, context: RequestContext): PublishLayerVersionResponse {
  const { digest, bytes } = layer.code;
  return {
    Content: {
      Location: codeUrl(digest, context),
      CodeSha256: Buffer.from(digest, 'hex').toString('base64'),
      CodeSize: bytes,
      ...signingMembers(layer.code),
    },
    LayerArn: layerArn(layer.key),
    ...listed(layer),
  };
}
