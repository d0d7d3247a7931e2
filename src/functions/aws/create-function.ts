import { assertMayPass } from '../../identity/index.ts';
import { newSettings } from '../settings.ts';
import { assertMemory } from './assert-memory.ts';
import { attacher } from './attacher.ts';
import { zipOf } from './code-source.ts';
import { configuration } from './configuration.ts';
import { assertDeadLetterTarget } from './dead-letter.ts';
import { latestTarget } from './function-target.ts';
import type { CodeOperation } from './operation.ts';
import { invalid } from './refusal-to-aws.ts';
import { assertRuntime, assertSnapStart } from './runtimes.ts';
import { settingsFromAws } from './settings-from-aws.ts';
import { assertSupported, notSupportedYet } from './unsupported.ts';

const NAME_LENGTH_MAX = 64; // AWS: of the name alone; 140 with the rest of an ARN.

export const createFunction: CodeOperation<'CreateFunction'> = (functions, objects) => async (input, context) => {
  const { Role, Code, Runtime, Handler, PackageType } = input;
  const target = latestTarget(input.FunctionName, context);
  assertNameLength(target.name);
  if (PackageType === 'Image') throw notSupportedYet('PackageType Image');
  if (Runtime === undefined || Handler === undefined) {
    throw invalid('Runtime and Handler are mandatory parameters for functions created with deployment packages.');
  }
  assertMayPass(Role, 'lambda.amazonaws.com', context);
  assertRuntime(Runtime);
  assertMemory(input.MemorySize);
  assertSupported(input);
  assertDeadLetterTarget(input.DeadLetterConfig);
  using attached = functions.layers.attach(input.Layers ?? [], attacher(context));
  const settings = newSettings(target.name, {
    ...settingsFromAws(input),
    layers: attached.layers,
    roleArn: Role ?? '',
    runtime: Runtime,
    handler: Handler,
  });
  assertSnapStart(settings);
  await using code = await zipOf(Code ?? {}, { functions, objects, context });

  const { account, region, name } = target;
  const key = { account, region, name };
  const version = await functions.create(
    key,
    {
      zip: code.zip,
      settings,
      architecture: input.Architectures?.[0],
      tags: input.Tags ?? {},
      publish: input.Publish ?? false,
      codeSigningConfig: input.CodeSigningConfigArn,
    },
    context.signal,
  );
  return configuration(key, version, undefined);
};

/** AWS answers this one length under another code than all other constraints (lambda-facts 1.5). */
function assertNameLength(name: string): void {
  if (name.length <= NAME_LENGTH_MAX) return;
  throw invalid(
    `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to ${NAME_LENGTH_MAX}`,
  );
}
