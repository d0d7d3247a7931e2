import type { AnyHandler, Handlers } from '../../../wire/service.ts';
import { SnsRefused } from '../refusal.ts';
import type { Sns } from '../sns.ts';
import { permissionHandlers } from './permissions.ts';
import { publishHandlers } from './publish.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { subscriptionHandlers } from './subscriptions.ts';
import { tagHandlers } from './tags.ts';
import { topicHandlers } from './topics.ts';

type Client = typeof import('@aws-sdk/client-sns');

/** Answers of SNS's operations, in AWS's words. */
export function snsHandlers(sns: () => Sns): Handlers<Client> {
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
