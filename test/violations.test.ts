// boto3 checks requests itself. Told not to, it sends what other clients send, too, signed like any other request.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { withoutAwsSettings } from '../scripts/server-process.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { cleanUpOf, serve, temporaryDirectory } from './server.ts';

const CALLS = `
import json, os
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

client = boto3.client('lambda', endpoint_url=os.environ['AWS_ENDPOINT_URL'], config=Config(parameter_validation=False))

def refusal(operation, **arguments):
    try:
        operation(**arguments)
    except ClientError as error:
        told = error.response
        return [told['ResponseMetadata']['HTTPStatusCode'], told['Error']['Code'], told['Error']['Message'], 'Type' in told]

print(json.dumps([
    refusal(client.create_function),
    refusal(client.create_alias, FunctionName='hello', Name='live', FunctionVersion=None),
    refusal(client.put_provisioned_concurrency_config, FunctionName='hello', ProvisionedConcurrentExecutions=0),
]))
`;

test('what boto3 would refuse itself is refused by the server, all of it at once', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const env = { ...withoutAwsSettings(), HOME: await temporaryDirectory(cleanUp), ...server.env };
  const { stdout } = await promisify(execFile)(await pythonWithBoto3(env), ['-c', CALLS], { env });
  const isNull = (member: string) => `Value null at '${member}' failed to satisfy constraint: Member must not be null`;
  const tooSmall =
    "Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value";
  assert.deepEqual(
    JSON.parse(stdout),
    [
      `3 validation errors detected: ${['functionName', 'role', 'code'].map(isNull).join('; ')}`,
      `1 validation error detected: ${isNull('functionVersion')}`,
      `2 validation errors detected: ${isNull('qualifier')}; ${tooSmall} greater than or equal to 1`,
    ].map((message) => [400, 'ValidationException', message, false]),
  );
});
