import { configuration } from './configuration.ts';
import { latestTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { notSupportedYet } from './unsupported.ts';

export const publishVersion: FunctionOperation<'PublishVersion'> = (functions) => async (input, context) => {
  const target = latestTarget(input.FunctionName, context);
  if (input.PublishTo !== undefined) throw notSupportedYet('PublishTo');
  const version = await functions.publish(target, {
    // An empty text is what tools send for "no description of its own".
    description: input.Description === '' ? undefined : input.Description,
    codeSha256: input.CodeSha256 === '' ? undefined : input.CodeSha256,
    revisionId: input.RevisionId,
  });
  return configuration(target, version, version.version);
};
