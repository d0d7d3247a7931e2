import type { Constraints } from '../../../wire/service.ts';
import { elements, length, pattern, required } from '../../../wire/validation.ts';
import type { Lambda } from '../operation.ts';
import { REGION } from './names.ts';
import { TAG_KEY, TAGS } from './shared.ts';

/** As recorded (lambda-facts 15.1): of layers only the pattern matches. */
const RESOURCE = [
  required,
  length(1, 10_000),
  pattern(
    `arn:(aws[a-zA-Z-]*):lambda:${REGION}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)`,
  ),
];

export const TAG_CONSTRAINTS: Constraints<Lambda> = {
  ListTags: { resource: RESOURCE },
  TagResource: { resource: RESOURCE, tags: [required, ...TAGS] },
  UntagResource: { resource: RESOURCE, tagKeys: [required, elements(...TAG_KEY)] },
};
