import { createRequire } from 'node:module';
import { type AnyHandler, defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { Logs } from '../logs.ts';
import { LogsRefused } from '../refusal.ts';
import { LOGS_CONSTRAINTS, validateLogs } from './constraints.ts';
import { eventHandlers } from './log-events.ts';
import { groupHandlers } from './log-groups.ts';
import { streamHandlers } from './log-streams.ts';
import { refusalToAws } from './refusal-to-aws.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch-logs');

const require = createRequire(import.meta.url);

/** CloudWatch Logs as a service of the wire. */
export function logsService(logs: Logs): ServiceDefinition {
  return defineService<Client>({
    name: 'logs',
    signingName: 'logs',
    protocols: ['awsJson1_1'],
    target: 'Logs_20140328',
    fractions: ['defaultValue'],
    load: () => require('@aws-sdk/client-cloudwatch-logs') as Client,
    handlers: logsHandlers(logs),
    constraints: () => LOGS_CONSTRAINTS,
    validate: validateLogs,
  });
}

/** Answers of CloudWatch Logs' operations, in AWS's words. */
export function logsHandlers(logs: Logs): Handlers<Client> {
  const handlers = { ...groupHandlers(logs), ...streamHandlers(logs), ...eventHandlers(logs) };
  const translated = Object.entries(handlers).map(([name, handler]) => [name, translating(handler as AnyHandler)]);
  // SAFE: each handler keeps its name and its types; only what it throws is translated.
  return Object.fromEntries(translated) as Handlers<Client>;
}

function translating(handler: AnyHandler): AnyHandler {
  return async (input, context) => {
    try {
      return await handler(input, context);
    } catch (error) {
      throw error instanceof LogsRefused ? refusalToAws(error.refusal, error) : error;
    }
  };
}
