import { AwsError } from '../../../wire/aws-error.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { type QueuePlace, queueArn } from '../queue.ts';
import { given } from './errors.ts';

/** `http://host:port/<account>/<name>`, under the address by which the client has reached us. */
export function queueUrl({ origin }: Pick<RequestContext, 'origin'>, { account, name }: QueuePlace): string {
  return `${origin}/${account}/${name}`;
}

/** What stands before account and name in paths of queues: nothing, or a region as other emulators write it. */
const PATH = /^(?:\/queue\/(?<region>[a-z0-9-]+))?\/(?<account>\d{12})\/(?<name>[\w-]{1,80}(?:\.fifo)?)\/?$/;
const NAME = /^[\w-]{1,80}(?:\.fifo)?$/;
/** `sqs.eu-west-1.amazonaws.com`, `eu-west-1.queue.amazonaws.com`. */
const HOSTS = [/^sqs\.([a-z]{2}[a-z0-9-]+-\d)\./, /^([a-z]{2}[a-z0-9-]+-\d)\.queue\./];

/**
 * The queue that a URL means. Its host does not matter, so URLs of AWS's own form and those of another address of ours
 * work too; a region that it names is heeded, else it is that of the request. Throws AWS's refusals, also of queues of
 * other accounts whose policy does not let the caller in.
 */
export function reachedQueue(context: RequestContext, url: string | undefined, operation: string): QueuePlace {
  const text = given(url, 'QueueUrl');
  const place = placeOfUrl(text, context);
  if (place === undefined) {
    throw new AwsError('InvalidAddress', `The address ${text} is not valid for this endpoint.`);
  }
  return allowedQueue(context, place, operation);
}

/** Throws unless the caller owns the queue, or its policy lets the caller in. */
export function allowedQueue(context: RequestContext, place: QueuePlace, operation: string): QueuePlace {
  if (place.account === context.account || context.mayReach(queueArn(place))) return place;
  // SQS writes its actions in lower case here.
  const action = `sqs:${operation.toLowerCase()}`;
  throw new AwsError(
    'AccessDeniedException',
    `User: ${context.principal.arn} is not authorized to perform: ${action} on resource: ${queueArn(place)} because no resource-based policy allows the ${action} action`,
  );
}

/** For operations that nobody but the owner may do, whatever the policy says. */
export function ownQueue(context: RequestContext, url: string | undefined, operation: string): QueuePlace {
  return reachedQueue({ ...context, mayReach: () => false }, url, operation);
}

/** undefined: it is no queue's. */
export function placeOfUrl(
  url: string,
  { account: own, region }: Pick<RequestContext, 'account' | 'region'>,
): QueuePlace | undefined {
  // Clients that do not post to the queue's URL give its name alone, too.
  if (NAME.test(url)) return { account: own, region, name: url };
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const path = parsed?.pathname ?? (url.startsWith('/') ? url : `/${url}`);
  const { account, name, region: named } = PATH.exec(path)?.groups ?? {};
  if (account === undefined || name === undefined) return undefined;
  const hosted = HOSTS.map((host) => host.exec(parsed?.hostname ?? '')?.[1]).find((found) => found !== undefined);
  return { account, name, region: named ?? hosted ?? region };
}
