import type { ResourcesOf } from '../../wire/service.ts';
import { layerArn } from '../layers/layer.ts';
import { functionArnOf } from './function-target.ts';

/** Operations that are about nothing in particular, though they name a function or a layer (service authorization reference). */
const UNBOUND = new Set(['CreateEventSourceMapping', 'ListEventSourceMappings', 'ListLayers', 'ListLayerVersions']);

/** The function, version, alias, layer, mapping or code signing configuration of a request. */
export const lambdaResources: ResourcesOf = (operation, input, where) => {
  if (UNBOUND.has(operation)) return ['*'];
  const { FunctionName: name, Qualifier: qualifier, LayerName: layer, UUID: mapping } = input;
  if (typeof name === 'string') {
    return [functionArnOf(name, typeof qualifier === 'string' ? qualifier : undefined, where) ?? '*'];
  }
  if (typeof layer === 'string') return [ofLayer(layer, input.VersionNumber, where)];
  if (typeof mapping === 'string') {
    return [`arn:aws:lambda:${where.region}:${where.account}:event-source-mapping:${mapping}`];
  }
  const { Resource, ResourceArn, Arn, CodeSigningConfigArn } = input;
  const arn = [Resource, ResourceArn, Arn, CodeSigningConfigArn].find((one) => typeof one === 'string');
  return [typeof arn === 'string' ? arn : '*'];
};

function ofLayer(name: string, version: unknown, { account, region }: { account: string; region: string }): string {
  const arn = name.startsWith('arn:') ? name : layerArn({ account, region, name });
  return typeof version === 'number' ? `${arn}:${version}` : arn;
}
