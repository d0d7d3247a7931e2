import { AwsError } from '../../wire/aws-error.ts';
import { type LayerKey, layerVersionArn, readLayerVersionArn } from '../layers/layer.ts';

/**
 * The layer that a LayerName means: a name, or the ARN of a layer of this account and region. Throws AwsError for those
 * of others, which only functions may use.
 */
export function layerTarget(name: string | undefined, where: { account: string; region: string }): LayerKey {
  const [, , , region = where.region, account = where.account, , own = name ?? ''] = (name ?? '').split(':');
  return reachable({ account, region, name: own }, where);
}

/** The same for the ARN of a layer version, whose pattern has been checked. Throws AwsError. */
export function layerVersionTarget(
  arn: string,
  where: { account: string; region: string },
): { key: LayerKey; version: number } {
  const named = readLayerVersionArn(arn);
  // What AWS itself hands out under an ARN without account does not exist here.
  if (named === undefined)
    throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.');
  return { key: reachable(named.key, where), version: named.version };
}

export function versionArnOf(key: LayerKey, version: number): string {
  return layerVersionArn({ key, version });
}

function reachable(key: LayerKey, where: { account: string; region: string }): LayerKey {
  if (key.account !== where.account) throw new AwsError('AccessDeniedException', null);
  if (key.region !== where.region) {
    throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.');
  }
  return key;
}
