import { zipOf } from './code-source.ts';
import { configuration } from './configuration.ts';
import { latestTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { invalid } from './refusal-to-aws.ts';
import { notSupportedYet } from './unsupported.ts';

export const updateFunctionCode: FunctionOperation<'UpdateFunctionCode'> = (functions) => async (input, context) => {
  const target = latestTarget(input.FunctionName, context);
  functions.find(target);
  if (input.PublishTo !== undefined) throw notSupportedYet('PublishTo');
  if (input.ImageUri !== undefined) {
    throw invalid("Please don't provide ImageUri when updating a function with packageType Zip.");
  }
  const version = await functions.updateCode(
    target,
    {
      zip: zipOf(input),
      architecture: input.Architectures?.[0],
      publish: input.Publish ?? false,
      dryRun: input.DryRun ?? false,
      revisionId: input.RevisionId,
    },
    context.signal,
  );
  return configuration(target, version, version.version === '$LATEST' ? undefined : version.version);
};
