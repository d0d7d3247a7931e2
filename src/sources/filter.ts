import { asMatched, eventMatcher } from '../patterns/event-pattern.ts';

/** Whether an item is for the function. */
export type Filter = (item: unknown) => boolean;

/**
 * Evaluates patterns (JSON each, and known to be patterns: `isFilterPattern`) as EventBridge does: an item matches if it
 * matches any of them; without patterns every item does. Rules: "Filter rule syntax" of Lambda's guide, and lambda-facts 13.6.
 */
export function filterOf(patterns: readonly string[] | undefined): Filter {
  if (patterns === undefined || patterns.length === 0) return () => true;
  const matchers = patterns.map(eventMatcher);
  return (item) => {
    const event = asMatched(item);
    return matchers.some((matches) => matches(event));
  };
}
