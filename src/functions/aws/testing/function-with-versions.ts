import { createRequire } from 'node:module';
import type { TestContext } from 'node:test';
import { clientOf, serve } from '../../../wire/test-server.ts';
import { noting } from '../../../wire/testing/seen-answers.ts';
import { memoryProvisioner } from '../../testing/memory-provisioner.ts';
import { type TestOptions, testFunctions } from '../../testing/test-functions.ts';
import { lambdaService } from '../lambda-service.ts';
import type { Lambda as Client } from '../operation.ts';
import { nodeFunction } from './lambda-client.ts';

const { Lambda } = createRequire(import.meta.url)('@aws-sdk/client-lambda') as Client;

/** A client, a server with the function `hello` and so many published versions, and environments that obey the test. */
export async function functionWithVersions(
  t: TestContext,
  { versions = 0, ...options }: TestOptions & { versions?: number } = {},
) {
  const opened = await testFunctions({ uuid: () => crypto.randomUUID(), ...options });
  t.after(() => opened[Symbol.asyncDispose]());
  const environments = memoryProvisioner();
  opened.functions.keepProvisioned(environments.provisioner);
  const server = await serve(t, [lambdaService(opened.functions, (digest, { origin }) => `${origin}/code/${digest}`)]);
  const lambda = new Lambda(noting(clientOf(server)));
  t.after(() => lambda.destroy());
  const idle = () => opened.functions.idle();
  const FunctionName = 'hello';
  await lambda.createFunction(await nodeFunction(FunctionName));
  await idle();
  for (let number = 1; number <= versions; number += 1) {
    await lambda.updateFunctionConfiguration({ FunctionName, Description: String(number) });
    await idle();
    await lambda.publishVersion({ FunctionName });
  }
  return { lambda, functions: opened.functions, environments, idle };
}
