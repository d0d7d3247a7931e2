import { createRequire } from 'node:module';
import { type AnyHandler, defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import { SnsRefused } from '../refusal.ts';
import type { Sns } from '../sns.ts';
import { SNS_CONSTRAINTS, validateSns } from './constraints.ts';
import { permissionHandlers } from './permissions.ts';
import { publishHandlers } from './publish.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { subscriptionHandlers } from './subscriptions.ts';
import { tagHandlers } from './tags.ts';
import { topicHandlers } from './topics.ts';

type Client = typeof import('@aws-sdk/client-sns');

const require = createRequire(import.meta.url);

export const SNS_NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

/** Simple Notification Service as a service of the wire. `sns` is called by the first request, never before. */
export function snsService(sns: () => Sns): ServiceDefinition {
  return defineService<Client>({
    name: 'sns',
    signingName: 'sns',
    protocols: ['awsQuery'],
    apiVersion: '2010-03-31',
    xmlNamespace: SNS_NAMESPACE,
    load: () => require('@aws-sdk/client-sns') as Client,
    handlers: handlersOf(sns),
    constraints: () => SNS_CONSTRAINTS,
    validate: validateSns,
  });
}

function handlersOf(sns: () => Sns): Handlers<Client> {
  const handlers = {
    ...topicHandlers(sns),
    ...subscriptionHandlers(sns),
    ...publishHandlers(sns),
    ...permissionHandlers(sns),
    ...tagHandlers(sns),
  };
  const translated = Object.entries(handlers).map(([name, handler]) => [name, translating(handler as AnyHandler)]);
  // SAFE: each handler keeps its name and its types; only what it throws is translated.
  return Object.fromEntries(translated) as Handlers<Client>;
}

function translating(handler: AnyHandler): AnyHandler {
  return async (input, context) => {
    try {
      return await handler(input, context);
    } catch (error) {
      throw error instanceof SnsRefused ? refusalToAws(error.refusal) : error;
    }
  };
}
