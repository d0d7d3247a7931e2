import { inAwsWords } from '../../../wire/in-aws-words.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { Archives } from '../archives.ts';
import type { Buses } from '../buses.ts';
import { EventsRefused } from '../refusal.ts';
import { archiveHandlers } from './archives.ts';
import { busHandlers } from './event-buses.ts';
import { patternHandlers } from './patterns.ts';
import { permissionHandlers } from './permissions.ts';
import { putEventsHandlers } from './put-events.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { replayHandlers } from './replays.ts';
import { ruleHandlers } from './rules.ts';
import { tagHandlers } from './tags.ts';
import { targetHandlers } from './targets.ts';

type Client = typeof import('@aws-sdk/client-eventbridge');

/** What the operations need. */
export interface EventsPorts {
  readonly buses: () => Buses;
  readonly archives: () => Archives;
  readonly nowMs: () => number;
  readonly uuid: () => string;
}

/** Answers of EventBridge's operations, in AWS's words. */
export function eventsHandlers(ports: EventsPorts): Handlers<Client> {
  const { buses } = ports;
  const handlers = {
    ...busHandlers(buses),
    ...permissionHandlers(buses),
    ...ruleHandlers(buses),
    ...targetHandlers(buses),
    ...putEventsHandlers(buses, ports),
    ...patternHandlers(),
    ...tagHandlers(buses),
    ...archiveHandlers(ports),
    ...replayHandlers(ports),
  };
  return inAwsWords(handlers, (error) => (error instanceof EventsRefused ? refusalToAws(error.refusal) : error));
}
