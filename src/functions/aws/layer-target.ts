import { AwsError } from '../../wire/aws-error.ts';
import type { Attacher } from '../layers/attach-layers.ts';
import { type LayerKey, layerArn, layerVersionArn, readLayerVersionArn } from '../layers/layer.ts';

type Place = Pick<Attacher, 'account' | 'region'>;

/** The layer that a LayerName means: a name, or an ARN of a layer, be it another account's. Throws AwsError for another region. */
export function layerTarget(name: string | undefined, where: Place): LayerKey {
  const [, , , region = where.region, account = where.account, , own = name ?? ''] = (name ?? '').split(':');
  return reachable({ account, region, name: own }, where);
}

/** The same for the ARN of a layer version, whose pattern has been checked. Throws AwsError. */
export function layerVersionTarget(arn: string, where: Place): { key: LayerKey; version: number } {
  const named = readLayerVersionArn(arn);
  // What AWS itself hands out under an ARN without account does not exist here.
  if (named === undefined) throw gone();
  return { key: reachable(named.key, where), version: named.version };
}

/**
 * The layer that a LayerName means, which has to be the caller's: what others share can be got and attached, and nothing
 * else. `version`: the one that is asked for, if it is one. Throws AwsError (texts as AWS's clients report them, for
 * example serverless-latest-layer-version's issue 31).
 */
export function ownLayer(
  name: string | undefined,
  by: Attacher,
  operation: string,
  version?: number | undefined,
): LayerKey {
  const key = layerTarget(name, by);
  if (key.account === by.account) return key;
  const action = `lambda:${operation}`;
  const resource = version === undefined ? layerArn(key) : layerVersionArn({ key, version });
  throw new AwsError(
    'AccessDeniedException',
    `User: ${by.arn} is not authorized to perform: ${action} on resource: ${resource} because no resource-based policy allows the ${action} action`,
  );
}

function reachable(key: LayerKey, where: Place): LayerKey {
  if (key.region !== where.region) throw gone();
  return key;
}

const gone = () => new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.');
