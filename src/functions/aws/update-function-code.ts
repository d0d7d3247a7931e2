import { zipOf } from './code-source.ts';
import { configuration } from './configuration.ts';
import { latestTarget } from './function-target.ts';
import type { CodeOperation } from './operation.ts';
import { invalid } from './refusal-to-aws.ts';
import { notSupportedYet } from './unsupported.ts';

export const updateFunctionCode: CodeOperation<'UpdateFunctionCode'> =
  (functions, objects) => async (input, context) => {
    const target = latestTarget(input.FunctionName, context);
    functions.find(target);
    if (input.PublishTo !== undefined) throw notSupportedYet('PublishTo');
    if (input.ImageUri !== undefined) {
      throw invalid("Please don't provide ImageUri when updating a function with packageType Zip.");
    }
    await using code = await zipOf(input, { functions, objects, context });
    const version = await functions.updateCode(
      target,
      {
        zip: code.zip,
        architecture: input.Architectures?.[0],
        publish: input.Publish ?? false,
        dryRun: input.DryRun ?? false,
        revisionId: input.RevisionId,
      },
      context.signal,
    );
    return configuration(target, version, version.version === '$LATEST' ? undefined : version.version);
  };
