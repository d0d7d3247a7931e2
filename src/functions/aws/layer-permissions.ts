import { layerVersionArn } from '../layers/layer.ts';
import { layerPolicy } from '../layers/layer-permissions.ts';
import { policyJson } from '../permissions.ts';
import { attacher } from './attacher.ts';
import { ownLayer } from './layer-target.ts';
import type { FunctionOperation } from './operation.ts';
import { principal } from './policy-statement.ts';

export const addLayerVersionPermission: FunctionOperation<'AddLayerVersionPermission'> =
  (functions) => async (input, context) => {
    const { StatementId = '', Action = '', Principal = '', OrganizationId } = input;
    const version = input.VersionNumber ?? 0;
    const key = ownLayer(input.LayerName, attacher(context), 'AddLayerVersionPermission', version);
    const json = JSON.stringify({
      Sid: StatementId,
      Effect: 'Allow',
      Principal: principal(Principal),
      Action,
      Resource: layerVersionArn({ key, version }),
      Condition: OrganizationId === undefined ? undefined : { StringEquals: { 'aws:PrincipalOrgID': OrganizationId } },
    });
    const grant = { id: StatementId, json, account: accountOf(Principal), organization: OrganizationId };
    const layer = await functions.layers.grant(key, version, grant, input.RevisionId);
    return { Statement: json, RevisionId: layerPolicy(layer).revisionId };
  };

export const getLayerVersionPolicy: FunctionOperation<'GetLayerVersionPolicy'> = (functions) => (input, context) => {
  const version = input.VersionNumber ?? 0;
  const key = ownLayer(input.LayerName, attacher(context), 'GetLayerVersionPolicy', version);
  const policy = layerPolicy(functions.layers.findToShare(key, version));
  return { Policy: policyJson(policy), RevisionId: policy.revisionId };
};

export const removeLayerVersionPermission: FunctionOperation<'RemoveLayerVersionPermission'> =
  (functions) => async (input, context) => {
    const version = input.VersionNumber ?? 0;
    const key = ownLayer(input.LayerName, attacher(context), 'RemoveLayerVersionPermission', version);
    await functions.layers.revoke(key, version, input.StatementId ?? '', input.RevisionId);
    return {};
  };

/** 12 digits, or `*`. */
function accountOf(principal: string): string {
  return /\d{12}/.exec(principal)?.[0] ?? principal;
}
