import type { CreateFunctionRequest } from '@aws-sdk/client-lambda';
import { invalid } from './refusal-to-aws.ts';

type Members = Pick<
  CreateFunctionRequest,
  | 'VpcConfig'
  | 'KMSKeyArn'
  | 'FileSystemConfigs'
  | 'ImageConfig'
  | 'PublishTo'
  | 'TenancyConfig'
  | 'CapacityProviderConfig'
  | 'DurableConfig'
>;

/**
 * Throws AwsError for what Lambent cannot do yet: a function that only seems to be in a VPC would be worse
 * than none. Members that ask for nothing (an empty list, an empty ARN) pass, as tools send them.
 */
export function assertSupported(members: Members): void {
  const { VpcConfig } = members;
  const asked: Record<string, unknown> = {
    VpcConfig: [...(VpcConfig?.SubnetIds ?? []), ...(VpcConfig?.SecurityGroupIds ?? [])],
    KMSKeyArn: members.KMSKeyArn,
    FileSystemConfigs: members.FileSystemConfigs,
    ImageConfig: members.ImageConfig,
    PublishTo: members.PublishTo,
    TenancyConfig: members.TenancyConfig,
    CapacityProviderConfig: members.CapacityProviderConfig,
    DurableConfig: members.DurableConfig,
  };
  for (const [member, value] of Object.entries(asked)) if (!asksForNothing(value)) throw notSupportedYet(member);
}

export function notSupportedYet(member: string) {
  return invalid(`Lambent does not support ${member} yet. Leave it out to go on without it.`);
}

function asksForNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.values(value).every((inner) => inner === undefined);
}
