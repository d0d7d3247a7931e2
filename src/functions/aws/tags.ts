import { AwsError } from '../../wire/aws-error.ts';
import { pattern, validate } from '../../wire/validation.ts';
import type { Place } from '../function.ts';
import type { Functions } from '../functions.ts';
import { REQUIRED } from './constraints.ts';
import { assertReachable, readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { invalid } from './refusal-to-aws.ts';

export const listTags: FunctionOperation<'ListTags'> = (functions) => (input, context) => ({
  Tags: { ...tagged(functions, input.Resource, context).tags() },
});

export const tagResource: FunctionOperation<'TagResource'> = (functions) => async (input, context) => {
  const resource = tagged(functions, input.Resource, context);
  validate([{ path: 'tags', value: input.Tags, constraints: REQUIRED }]);
  const tags = input.Tags ?? {};
  if (Object.keys(tags).length === 0) throw invalid('An error occurred and the request cannot be processed.');
  await resource.tag(tags);
  return {};
};

export const untagResource: FunctionOperation<'UntagResource'> = (functions) => async (input, context) => {
  const resource = tagged(functions, input.Resource, context);
  const keys = input.TagKeys ?? [];
  // An empty list is no query parameter at all.
  validate([{ path: 'tagKeys', value: keys.length === 0 ? undefined : keys, constraints: REQUIRED }]);
  await resource.untag(keys);
  return {};
};

const RESOURCE = pattern(
  'arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)',
);

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
  validate([{ path: 'resource', value: resource, constraints: [...REQUIRED, RESOURCE] }]);
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
