import { inAwsWords } from '../../../wire/in-aws-words.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { Buses } from '../buses.ts';
import { EventsRefused } from '../refusal.ts';
import { busHandlers } from './event-buses.ts';
import { patternHandlers } from './patterns.ts';
import { permissionHandlers } from './permissions.ts';
import { putEventsHandlers } from './put-events.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { ruleHandlers } from './rules.ts';
import { tagHandlers } from './tags.ts';
import { targetHandlers } from './targets.ts';

type Client = typeof import('@aws-sdk/client-eventbridge');

/** What the operations need beside the buses. */
export interface EventsPorts {
  readonly nowMs: () => number;
  readonly uuid: () => string;
}

/** Answers of EventBridge's operations, in AWS's words. */
export function eventsHandlers(buses: () => Buses, ports: EventsPorts): Handlers<Client> {
  const handlers = {
    ...busHandlers(buses),
    ...permissionHandlers(buses),
    ...ruleHandlers(buses),
    ...targetHandlers(buses),
    ...putEventsHandlers(buses, ports),
    ...patternHandlers(),
    ...tagHandlers(buses),
  };
  return inAwsWords(handlers, (error) => (error instanceof EventsRefused ? refusalToAws(error.refusal) : error));
}
