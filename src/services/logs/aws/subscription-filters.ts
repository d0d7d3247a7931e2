import { parseArn } from '../../../delivery/arn.ts';
import type { Admission } from '../../../delivery/delivery.ts';
import { Undeliverable } from '../../../delivery/undeliverable.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { Follower } from '../follower-table.ts';
import type { LogGroup, Scope } from '../log-store.ts';
import type { Logs } from '../logs.ts';
import { subscriptionOf } from '../subscription.ts';
import { asLogs } from '../subscription-carrier.ts';
import { invalidParameter } from './constraints.ts';
import { assertStandard, listed, pageOf } from './filters.ts';
import { scopeOf } from './names.ts';
import { notYet } from './words.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch-logs');

/** What subscriptions need of those they lead to. */
export interface DestinationPorts {
  readonly assertDeliverable: Admission['assertDeliverable'];
  /** The group that a function itself writes to; undefined if there is no such function. */
  readonly logGroupOf: (functionArn: string) => string | undefined;
}

/** What AWS's subscriptions lead to, with a role; functions take none. */
const WITH_ROLE: readonly string[] = ['kinesis', 'firehose'];

export function subscriptionFilterHandlers(logs: Logs, ports: DestinationPorts): Handlers<Client> {
  return {
    async PutSubscriptionFilter(input, context) {
      const { logGroupName = '', filterName = '', filterPattern = '', destinationArn = '' } = input;
      if (input.applyOnTransformedLogs) throw notYet('applyOnTransformedLogs');
      if (input.fieldSelectionCriteria) throw notYet('fieldSelectionCriteria');
      if (input.emitSystemFields?.length) throw notYet('emitSystemFields');
      const scope = scopeOf(context);
      const group = logs.group(scope, logGroupName);
      assertStandard(group);
      assertVendor(destinationArn, input.roleArn);
      await assertDestination(ports, destinationArn, scope, group);
      logs.filters.putSubscription(logs.group(scope, logGroupName).id, filterName, {
        ...{ pattern: filterPattern, destinationArn },
        distribution: input.distribution ?? 'ByLogStream',
      });
      return {};
    },

    DescribeSubscriptionFilters({ logGroupName = '', filterNamePrefix, nextToken, limit }, context) {
      const { id } = logs.group(scopeOf(context), logGroupName);
      const { asked, count } = pageOf(limit, nextToken, filterNamePrefix);
      const { page, next } = listed(logs.filters.list(id, 'subscription', asked), count);
      return { subscriptionFilters: page.map((filter) => describe(logGroupName, filter)), nextToken: next };
    },

    DeleteSubscriptionFilter({ logGroupName = '', filterName = '' }, context) {
      logs.filters.remove(logs.group(scopeOf(context), logGroupName).id, 'subscription', filterName);
      return {};
    },
  };
}

function describe(logGroupName: string, follower: Follower) {
  const { pattern, destinationArn, distribution } = subscriptionOf(follower);
  return {
    filterName: follower.name,
    logGroupName,
    filterPattern: pattern,
    destinationArn,
    distribution: distribution === 'Random' ? ('Random' as const) : ('ByLogStream' as const),
    applyOnTransformedLogs: false,
    creationTime: follower.createdMs,
  };
}

/** Texts: as clients have recorded them. */
function assertVendor(destinationArn: string, roleArn: string | undefined): void {
  const vendor = parseArn(destinationArn)?.service;
  if (vendor === undefined) throw invalidParameter('Invalid destinationArn.');
  const what = `destinationArn for vendor ${vendor}`;
  if (WITH_ROLE.includes(vendor)) {
    if (roleArn === undefined) throw invalidParameter(`${what} cannot be used without roleArn`);
    throw notYet(`subscriptions of ${vendor}`);
  }
  if (vendor === 'logs') throw notYet('subscriptions of destinations of other accounts');
  if (vendor !== 'lambda') throw invalidParameter(`PutSubscriptionFilter operation cannot work with ${what}`);
  if (roleArn !== undefined) throw invalidParameter(`${what} cannot be used with roleArn`);
}

async function assertDestination(
  ports: DestinationPorts,
  arn: string,
  scope: Scope,
  { name }: LogGroup,
): Promise<void> {
  const { account, region } = parseArn(arn) ?? scope;
  // AWS: "A Lambda function that belongs to the same account as the subscription filter, for same-account delivery."
  if (account !== scope.account || region !== scope.region) throw notExecuted();
  try {
    await asLogs({ ...scope, group: name }, (from) => ports.assertDeliverable(arn, from));
  } catch (error) {
    if (error instanceof Undeliverable) throw notExecuted(error);
    throw error;
  }
  if (ports.logGroupOf(arn) !== name) return;
  throw invalidParameter('The log group provided is reserved for the function logs of the destination function.');
}

function notExecuted(cause?: unknown): AwsError {
  return new AwsError(
    'InvalidParameterException',
    'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
    { cause },
  );
}
