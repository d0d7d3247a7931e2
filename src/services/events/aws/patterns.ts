import { asMatched, eventMatcher } from '../../../patterns/event-pattern.ts';
import type { Matcher } from '../../../patterns/matcher.ts';
import { PatternFlaw } from '../../../patterns/token-reader.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import { invalid } from './words.ts';

type Client = typeof import('@aws-sdk/client-eventbridge');

/** Members that an event must have before AWS says anything of it ("TestEventPattern", API reference). */
const EVENT_MEMBERS = ['id', 'account', 'source', 'time', 'region', 'detail-type'];

export function patternHandlers(): Handlers<Client> {
  return {
    TestEventPattern({ EventPattern = '', Event = '' }) {
      const matches = matcherFrom(EventPattern);
      const event = parsed(Event);
      if (typeof event !== 'object' || event === null || Array.isArray(event))
        throw invalid('Parameter Event is not valid.');
      const missing = EVENT_MEMBERS.filter((name) => !Object.hasOwn(event, name));
      if (missing.length > 0) throw invalid('Parameter Event is not valid.');
      return { Result: matches(asMatched(event)) };
    },
  };
}

/** The pattern as it is kept; nothing for an empty one. Throws InvalidEventPattern. */
export function checkedPattern(json: string | undefined): string | undefined {
  if (json === undefined || json === '') return undefined;
  matcherFrom(json);
  return json;
}

function matcherFrom(json: string): Matcher {
  try {
    return eventMatcher(json);
  } catch (error) {
    if (!(error instanceof PatternFlaw)) throw error;
    throw new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${error.message}`);
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // Which is no event, and the caller says so.
  }
}
