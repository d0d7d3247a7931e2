import { createRequire } from 'node:module';
import type { TestContext } from 'node:test';
import { clientOf, serve } from '../../../wire/test-server.ts';
import { noting } from '../../../wire/testing/seen-answers.ts';
import { type TestFunctions, type TestOptions, testFunctions } from '../../testing/test-functions.ts';
import { zipOf } from '../../testing/zips.ts';
import { lambdaService } from '../lambda-service.ts';
import type { Lambda as Client } from '../operation.ts';

const { Lambda } = createRequire(import.meta.url)('@aws-sdk/client-lambda') as Client;

export type LambdaClient = InstanceType<typeof Lambda>;

/** The control plane and the official client, over HTTP. */
export interface Served {
  readonly lambda: LambdaClient;
  readonly idle: () => Promise<void>;
  /** As a server that ends, and another one over the same data directory. */
  readonly restart: (options?: TestOptions) => Promise<Served>;
}

export async function serveLambda(t: TestContext, options: TestOptions = {}): Promise<Served> {
  const given = { uuid: () => crypto.randomUUID(), ...options };
  return served(t, await testFunctions(given), given);
}

async function served(t: TestContext, opened: TestFunctions, given: TestOptions): Promise<Served> {
  let isOpen = true;
  t.after(() => (isOpen ? opened[Symbol.asyncDispose]() : undefined));
  const server = await serve(t, [lambdaService(opened.functions, (digest, { origin }) => `${origin}/code/${digest}`)]);
  const lambda = new Lambda(noting(clientOf(server)));
  t.after(() => lambda.destroy());
  return {
    lambda,
    idle: () => opened.functions.idle(),
    async restart(other = {}) {
      isOpen = false;
      const again = { ...given, ...other };
      return served(t, await opened.reopen(again), again);
    },
  };
}

/** What CreateFunction needs for a function in Node. */
export async function nodeFunction(FunctionName: string, ZipFile?: Uint8Array) {
  return {
    FunctionName,
    Role: 'arn:aws:iam::123456789012:role/r',
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Code: { ZipFile: ZipFile ?? (await zipOf({ 'index.js': 'exports.handler = async () => 1;' })) },
  } as const;
}

/** Code, message, and the member Type of what a call must be refused with. */
export async function refusalOf(call: Promise<unknown>): Promise<{ name: string; message: string; Type?: string }> {
  return call.then(
    () => Promise.reject(new Error('it was not refused')),
    (failure: Error & { Type?: string }) => ({
      name: failure.name,
      message: failure.message,
      ...(failure.Type === undefined ? {} : { Type: failure.Type }),
    }),
  );
}
