import { own } from '../../lib/own.ts';
import { AwsError } from '../../wire/aws-error.ts';
import type { Operation } from '../../wire/service.ts';
import type { Functions } from '../functions.ts';
import { assertReachable, readTarget, type Where } from './function-target.ts';
import type { Tagged, TaggedKind } from './lambda-part.ts';
import type { Lambda } from './operation.ts';
import { invalid } from './refusal-to-aws.ts';

/** `others`: what is not a function's, by the kind in its ARN. */
type TaggingOperation<Name extends 'ListTags' | 'TagResource' | 'UntagResource'> = (
  functions: Functions,
  others: TaggedKinds,
) => Operation<Lambda, Name>;

type TaggedKinds = Readonly<Record<string, TaggedKind>>;

export const listTags: TaggingOperation<'ListTags'> = (functions, others) => (input, context) => ({
  Tags: { ...tagged(functions, others, input.Resource, context).tags() },
});

export const tagResource: TaggingOperation<'TagResource'> = (functions, others) => async (input, context) => {
  const resource = tagged(functions, others, input.Resource, context);
  const tags = input.Tags ?? {};
  if (Object.keys(tags).length === 0) throw invalid('An error occurred and the request cannot be processed.');
  await resource.tag(tags);
  return {};
};

export const untagResource: TaggingOperation<'UntagResource'> = (functions, others) => async (input, context) => {
  const resource = tagged(functions, others, input.Resource, context);
  await resource.untag(input.TagKeys ?? []);
  return {};
};

/** Kinds of resources that can be named, and of which none can exist where nobody serves them. */
const MISSING: Readonly<Record<string, (arn: string) => AwsError>> = {
  'event-source-mapping': (arn) => missing(`Event source mapping not found: ${arn}`),
  'capacity-provider': (arn) => missing(`Capacity provider not found: ${arn}`),
  layer: () => missing('The resource you requested does not exist.'),
};

/** Throws AwsError unless the ARN is that of an unqualified function, or of something else that has tags. */
function tagged(functions: Functions, others: TaggedKinds, resource: string | undefined, where: Where): Tagged {
  const arn = resource ?? '';
  const [, , , region = '', account = '', kind = ''] = arn.split(':');
  if (kind === 'code-signing-config') {
    const { codeSigning } = functions;
    assertReachable({ region, account, arn }, where);
    return {
      tags: () => codeSigning.find(where, arn).tags,
      tag: (tags) => codeSigning.tag(where, arn, tags),
      untag: (keys) => codeSigning.untag(where, arn, keys),
    };
  }
  const other = own(others, kind);
  const missingKind = MISSING[kind];
  if (other !== undefined || missingKind !== undefined) assertReachable({ region, account, arn }, where);
  if (other !== undefined) return other(arn, where);
  if (missingKind !== undefined) throw missingKind(arn);
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
