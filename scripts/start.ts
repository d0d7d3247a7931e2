// `npm start` after the set-up: starts the server, deploys examples/hello as any AWS client would, invokes it, says
// how to go on, and stays up until it is stopped.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pack } from '../examples/pack.ts';
import { checkout, exportsOf, ServerDidNotStart, startServer } from './server-process.ts';

const { InvokeCommand, LambdaClient, ...lambda } = createRequire(import.meta.url)(
  '@aws-sdk/client-lambda',
) as typeof import('@aws-sdk/client-lambda');

const FUNCTION = 'hello';
const RUNTIME = 'nodejs24.x';

const args = process.argv.slice(2);
const server = await startServer({ args, log: 'inherit', apart: true }).catch((error: unknown) => {
  // The server has already said why, on our standard error.
  if (error instanceof ServerDidNotStart) process.exit(error.ended.code ?? 1);
  throw error;
});
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    console.log('\nStopping …');
    server.stop().catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    });
  });
}
console.log(`Lambent is ready at ${server.url}\n`);

try {
  await demonstrate();
} catch (error) {
  if (!stopping) {
    console.error('The demonstration failed:', error);
    await server.stop();
    process.exit(1);
  }
}
const ended = await server.exited;
if (!stopping) {
  console.error(`The server has ended by itself (${ended.code ?? ended.signal}).`);
  process.exit(ended.code || 1);
}

async function demonstrate(): Promise<void> {
  const envArgs = environmentArgs();
  Object.assign(process.env, await exportsOf(envArgs));
  const client = new LambdaClient({});
  await deploy(client);
  const answer = await client.send(
    new InvokeCommand({ FunctionName: FUNCTION, LogType: 'Tail', Payload: JSON.stringify({ name: 'world' }) }),
  );
  const text = answer.Payload?.transformToString() ?? '';
  const log = Buffer.from(answer.LogResult ?? '', 'base64').toString();
  if (answer.FunctionError !== undefined) throw new Error(`${FUNCTION} answered an error: ${text}\n${log}`);
  const report = log.split('\n').find((line) => line.startsWith('REPORT'));
  console.log(`Deployed examples/hello as the function "${FUNCTION}" (${RUNTIME}) and invoked it:

  ${text}
  ${report?.trim().replaceAll('\t', '  ')}

Call it with the AWS CLI, from another terminal in this directory:

  eval "$(${['bin/lambent', 'env', ...envArgs].join(' ')})"
  echo '{"name":"you"}' | aws lambda invoke --function-name ${FUNCTION} --payload fileb:///dev/stdin /dev/stdout

Ctrl-C stops the server. What was deployed is there again at the next start.
`);
}

/** Creates the function; when an earlier start has left it, gives it today's code. */
async function deploy(client: InstanceType<typeof LambdaClient>): Promise<void> {
  const code = await pack(join(checkout, 'examples/hello'));
  const limits = { client, maxWaitTime: 60, minDelay: 0.1, maxDelay: 1 };
  try {
    await client.send(
      new lambda.CreateFunctionCommand({
        FunctionName: FUNCTION,
        Description: 'examples/hello, deployed by npm start',
        Runtime: RUNTIME,
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/hello',
        Code: { ZipFile: code },
      }),
    );
    await lambda.waitUntilFunctionActiveV2(limits, { FunctionName: FUNCTION });
  } catch (error) {
    if (!(error instanceof lambda.ResourceConflictException)) throw error;
    await client.send(new lambda.UpdateFunctionCodeCommand({ FunctionName: FUNCTION, ZipFile: code }));
    await lambda.waitUntilFunctionUpdatedV2(limits, { FunctionName: FUNCTION });
  }
}

/** Those of our arguments that `lambent env` needs to find the same server. */
function environmentArgs(): string[] {
  const found: string[] = [];
  for (const [index, arg] of args.entries()) {
    if (arg.startsWith('--data-dir=')) found.push(arg);
    else if (arg === '--data-dir') found.push(arg, args[index + 1] ?? '');
  }
  if (server.port !== 4566) found.push('--port', String(server.port));
  return found;
}
