// Roles as those who deploy functions make them.
import { createRequire } from 'node:module';
import { noting } from '../src/wire/testing/seen-answers.ts';
import type { TestServer } from './server.ts';

const require = createRequire(import.meta.url);
const sdk = require('@aws-sdk/client-iam') as typeof import('@aws-sdk/client-iam');

/** Makes a role that Lambda may assume, or another service, with one inline policy; answers its ARN. */
export async function createRole(
  cleanUp: AsyncDisposableStack,
  { env }: TestServer,
  { name, policy, service = 'lambda.amazonaws.com' }: { name: string; policy: object; service?: string },
): Promise<string> {
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' };
  const iam = new sdk.IAM(noting({ endpoint: env.AWS_ENDPOINT_URL ?? '', region: env.AWS_REGION ?? '', credentials }));
  cleanUp.defer(() => iam.destroy());
  const trust = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.createRole({
    RoleName: name,
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: trust }),
  });
  await iam.putRolePolicy({ RoleName: name, PolicyName: 'own', PolicyDocument: JSON.stringify(policy) });
  return Role?.Arn ?? '';
}
