import type { LambdaPart, TaggedKind } from '../../functions/aws/lambda-part.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { inAwsWords } from '../../wire/in-aws-words.ts';
import type { Mappings } from '../mappings.ts';
import {
  createEventSourceMapping,
  deleteEventSourceMapping,
  getEventSourceMapping,
  listEventSourceMappings,
  updateEventSourceMapping,
} from './mappings.ts';
import { errorToAws } from './refusal-to-aws.ts';

/** What Lambda's API has of event source mappings. */
export function mappingPart(mappings: Mappings): LambdaPart {
  const handlers = {
    CreateEventSourceMapping: createEventSourceMapping(mappings),
    DeleteEventSourceMapping: deleteEventSourceMapping(mappings),
    GetEventSourceMapping: getEventSourceMapping(mappings),
    ListEventSourceMappings: listEventSourceMappings(mappings),
    UpdateEventSourceMapping: updateEventSourceMapping(mappings),
  };
  return { handlers: inAwsWords(handlers, errorToAws), tagged: { 'event-source-mapping': taggedMapping(mappings) } };
}

function taggedMapping(mappings: Mappings): TaggedKind {
  return (arn, { account, region }) => {
    const place = { account, region };
    const mapping = mappings.get(place, arn.slice(arn.lastIndexOf(':') + 1));
    if (mapping === undefined) {
      throw new AwsError('ResourceNotFoundException', `Event source mapping not found: ${arn}`);
    }
    return {
      tags: () => mapping.tags,
      tag: (tags) => mappings.tag(place, mapping.id, tags),
      untag: (keys) => mappings.untag(place, mapping.id, keys),
    };
  };
}
