import { AwsError } from '../../wire/aws-error.ts';
import { pattern, validate } from '../../wire/validation.ts';
import type { FunctionKey } from '../function.ts';
import { REQUIRED } from './constraints.ts';
import { assertReachable, readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { invalid } from './refusal-to-aws.ts';

export const listTags: FunctionOperation<'ListTags'> = (functions) => (input, context) => {
  const key = taggedFunction(input.Resource, context);
  return { Tags: { ...functions.find(key).head.tags } };
};

export const tagResource: FunctionOperation<'TagResource'> = (functions) => async (input, context) => {
  const key = taggedFunction(input.Resource, context);
  validate([{ path: 'tags', value: input.Tags, constraints: REQUIRED }]);
  const tags = input.Tags ?? {};
  if (Object.keys(tags).length === 0) throw invalid('An error occurred and the request cannot be processed.');
  await functions.tag(key, tags);
  return {};
};

export const untagResource: FunctionOperation<'UntagResource'> = (functions) => async (input, context) => {
  const key = taggedFunction(input.Resource, context);
  const keys = input.TagKeys ?? [];
  // An empty list is no query parameter at all.
  validate([{ path: 'tagKeys', value: keys.length === 0 ? undefined : keys, constraints: REQUIRED }]);
  await functions.untag(key, keys);
  return {};
};

const RESOURCE = pattern(
  'arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)',
);

/** Other kinds of resources can be named, and none of them can exist yet. */
const MISSING: Readonly<Record<string, (arn: string) => AwsError>> = {
  'event-source-mapping': (arn) => missing(`Event source mapping not found: ${arn}`),
  'capacity-provider': (arn) => missing(`Capacity provider not found: ${arn}`),
  'code-signing-config': () =>
    missing('The Lambda code signing configuration ARN can not be found.', { Type: undefined }),
  layer: () => missing('The resource you requested does not exist.'),
};

/** Throws AwsError unless the ARN is that of an unqualified function. */
function taggedFunction(resource: string | undefined, where: { account: string; region: string }): FunctionKey {
  validate([{ path: 'resource', value: resource, constraints: [...REQUIRED, RESOURCE] }]);
  const arn = resource ?? '';
  const [, , , region = '', account = '', kind = ''] = arn.split(':');
  const otherKind = MISSING[kind];
  if (otherKind !== undefined) {
    assertReachable({ region, account }, where);
    throw otherKind(arn);
  }
  const { qualifier, ...target } = readTarget(arn, undefined, where);
  if (qualifier !== undefined) {
    throw invalid('Tags on function aliases and versions are not supported. Please specify a function ARN.');
  }
  return target;
}

const missing = (message: string, members?: Record<string, unknown>) =>
  new AwsError('ResourceNotFoundException', message, members === undefined ? {} : { members });
