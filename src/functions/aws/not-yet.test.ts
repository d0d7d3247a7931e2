import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LambdaClient, refusalOf, serveLambda } from './testing/lambda-client.ts';

// Durable executions, capacity providers and scaling: each operation says that it is not there, and none pretends.

const FunctionName = 'hello';
const DurableExecutionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:hello:1/durable-execution/run/id';
const CapacityProviderName = 'machines';
const config = { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] };
const role = 'arn:aws:iam::123456789012:role/r';

const CALLS: Readonly<Record<string, (lambda: LambdaClient) => Promise<unknown>>> = {
  CheckpointDurableExecution: (lambda) =>
    lambda.checkpointDurableExecution({ DurableExecutionArn, CheckpointToken: 'dG9rZW4=' }),
  GetDurableExecution: (lambda) => lambda.getDurableExecution({ DurableExecutionArn }),
  GetDurableExecutionHistory: (lambda) => lambda.getDurableExecutionHistory({ DurableExecutionArn }),
  GetDurableExecutionState: (lambda) =>
    lambda.getDurableExecutionState({ DurableExecutionArn, CheckpointToken: 'dG9rZW4=' }),
  ListDurableExecutionsByFunction: (lambda) => lambda.listDurableExecutionsByFunction({ FunctionName }),
  SendDurableExecutionCallbackFailure: (lambda) => lambda.sendDurableExecutionCallbackFailure({ CallbackId: 'Y2I=' }),
  SendDurableExecutionCallbackHeartbeat: (lambda) =>
    lambda.sendDurableExecutionCallbackHeartbeat({ CallbackId: 'Y2I=' }),
  SendDurableExecutionCallbackSuccess: (lambda) => lambda.sendDurableExecutionCallbackSuccess({ CallbackId: 'Y2I=' }),
  StopDurableExecution: (lambda) => lambda.stopDurableExecution({ DurableExecutionArn }),
  CreateCapacityProvider: (lambda) =>
    lambda.createCapacityProvider({
      CapacityProviderName,
      VpcConfig: config,
      PermissionsConfig: { CapacityProviderOperatorRoleArn: role },
    }),
  DeleteCapacityProvider: (lambda) => lambda.deleteCapacityProvider({ CapacityProviderName }),
  GetCapacityProvider: (lambda) => lambda.getCapacityProvider({ CapacityProviderName }),
  ListCapacityProviders: (lambda) => lambda.listCapacityProviders({}),
  ListFunctionVersionsByCapacityProvider: (lambda) =>
    lambda.listFunctionVersionsByCapacityProvider({ CapacityProviderName }),
  UpdateCapacityProvider: (lambda) => lambda.updateCapacityProvider({ CapacityProviderName }),
  GetFunctionScalingConfig: (lambda) => lambda.getFunctionScalingConfig({ FunctionName, Qualifier: '1' }),
  PutFunctionScalingConfig: (lambda) => lambda.putFunctionScalingConfig({ FunctionName, Qualifier: '1' }),
};

test('operations of later issues are named in one clear error', async (t) => {
  const { lambda } = await serveLambda(t);
  for (const [operation, call] of Object.entries(CALLS)) {
    const { name, message } = await refusalOf(call(lambda));
    assert.deepEqual(
      [name, message],
      ['NotImplemented', `Lambent does not support lambda's operation ${operation} yet.`],
    );
  }
});
