import { AwsError } from '../../wire/aws-error.ts';
import type { Place } from '../function.ts';
import type { Functions } from '../functions.ts';
import { assertReachable, readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { invalid } from './refusal-to-aws.ts';

export const listTags: FunctionOperation<'ListTags'> = (functions) => (input, context) => ({
  Tags: { ...tagged(functions, input.Resource, context).tags() },
});

export const tagResource: FunctionOperation<'TagResource'> = (functions) => async (input, context) => {
  const resource = tagged(functions, input.Resource, context);
  const tags = input.Tags ?? {};
  if (Object.keys(tags).length === 0) throw invalid('An error occurred and the request cannot be processed.');
  await resource.tag(tags);
  return {};
};

export const untagResource: FunctionOperation<'UntagResource'> = (functions) => async (input, context) => {
  const resource = tagged(functions, input.Resource, context);
  await resource.untag(input.TagKeys ?? []);
  return {};
};

/** Other kinds of resources can be named, and none of them can exist yet. */
const MISSING: Readonly<Record<string, (arn: string) => AwsError>> = {
  'event-source-mapping': (arn) => missing(`Event source mapping not found: ${arn}`),
  'capacity-provider': (arn) => missing(`Capacity provider not found: ${arn}`),
  layer: () => missing('The resource you requested does not exist.'),
};

interface Tagged {
  tags(): Readonly<Record<string, string>>;
  tag(tags: Readonly<Record<string, string>>): Promise<void>;
  untag(keys: readonly string[]): Promise<void>;
}

/** Throws AwsError unless the ARN is that of an unqualified function or of a code signing configuration. */
function tagged(functions: Functions, resource: string | undefined, where: Place): Tagged {
  const arn = resource ?? '';
  const [, , , region = '', account = '', kind = ''] = arn.split(':');
  if (kind === 'code-signing-config') {
    const { codeSigning } = functions;
    assertReachable({ region, account }, where);
    return {
      tags: () => codeSigning.find(where, arn).tags,
      tag: (tags) => codeSigning.tag(where, arn, tags),
      untag: (keys) => codeSigning.untag(where, arn, keys),
    };
  }
  const otherKind = MISSING[kind];
  if (otherKind !== undefined) {
    assertReachable({ region, account }, where);
    throw otherKind(arn);
  }
  const { qualifier, ...key } = readTarget(arn, undefined, where);
  if (qualifier !== undefined) {
    throw invalid('Tags on function aliases and versions are not supported. Please specify a function ARN.');
  }
  return {
    tags: () => functions.find(key).head.tags,
    tag: (tags) => functions.tag(key, tags),
    untag: (keys) => functions.untag(key, keys),
  };
}

const missing = (message: string) => new AwsError('ResourceNotFoundException', message);
