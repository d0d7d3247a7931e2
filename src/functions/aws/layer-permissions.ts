import { type Check, length, pattern, validate } from '../../wire/validation.ts';
import { layerPolicy } from '../layers/layer-permissions.ts';
import { policyJson } from '../permissions.ts';
import { REQUIRED } from './constraints.ts';
import { layerNameCheck, layerTarget, versionArnOf } from './layer-target.ts';
import type { FunctionOperation } from './operation.ts';
import { principal } from './policy-statement.ts';

export const addLayerVersionPermission: FunctionOperation<'AddLayerVersionPermission'> =
  (functions) => async (input, context) => {
    const { StatementId = '', Action = '', Principal = '', OrganizationId } = input;
    validate([
      layerNameCheck(input.LayerName),
      { path: 'versionNumber', value: input.VersionNumber, constraints: REQUIRED },
      statementIdCheck(input.StatementId),
      {
        path: 'action',
        value: input.Action,
        constraints: [...REQUIRED, length(0, 22), pattern('lambda:GetLayerVersion')],
      },
      {
        path: 'principal',
        value: input.Principal,
        constraints: [...REQUIRED, pattern('\\d{12}|\\*|arn:(aws[a-zA-Z-]*):iam::\\d{12}:root')],
      },
      {
        path: 'organizationId',
        value: OrganizationId,
        constraints: [length(0, 34), pattern('o-[a-z0-9]{10,32}')],
      },
    ]);
    const key = layerTarget(input.LayerName, context);
    const version = input.VersionNumber ?? 0;
    const json = JSON.stringify({
      Sid: StatementId,
      Effect: 'Allow',
      Principal: principal(Principal),
      Action,
      Resource: versionArnOf(key, version),
      Condition: OrganizationId === undefined ? undefined : { StringEquals: { 'aws:PrincipalOrgID': OrganizationId } },
    });
    const grant = { id: StatementId, json, account: accountOf(Principal), organization: OrganizationId };
    const layer = await functions.layers.grant(key, version, grant, input.RevisionId);
    return { Statement: json, RevisionId: layerPolicy(layer).revisionId };
  };

export const getLayerVersionPolicy: FunctionOperation<'GetLayerVersionPolicy'> = (functions) => (input, context) => {
  validate([
    layerNameCheck(input.LayerName),
    { path: 'versionNumber', value: input.VersionNumber, constraints: REQUIRED },
  ]);
  const key = layerTarget(input.LayerName, context);
  const policy = layerPolicy(functions.layers.findToShare(key, input.VersionNumber ?? 0));
  return { Policy: policyJson(policy), RevisionId: policy.revisionId };
};

export const removeLayerVersionPermission: FunctionOperation<'RemoveLayerVersionPermission'> =
  (functions) => async (input, context) => {
    validate([
      layerNameCheck(input.LayerName),
      { path: 'versionNumber', value: input.VersionNumber, constraints: REQUIRED },
      statementIdCheck(input.StatementId),
    ]);
    const key = layerTarget(input.LayerName, context);
    await functions.layers.revoke(key, input.VersionNumber ?? 0, input.StatementId ?? '', input.RevisionId);
    return {};
  };

function statementIdCheck(value: string | undefined): Check {
  return { path: 'statementId', value, constraints: [...REQUIRED, length(1, 100), pattern('([a-zA-Z0-9-_]+)')] };
}

/** 12 digits, or `*`. */
function accountOf(principal: string): string {
  return /\d{12}/.exec(principal)?.[0] ?? principal;
}
