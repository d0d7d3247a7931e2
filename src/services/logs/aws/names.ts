import type { RequestContext } from '../../../wire/service.ts';
import type { Scope } from '../log-store.ts';
import { invalidParameter } from './constraints.ts';

/** The account and region of the request: AWS's groups are known only within both. */
export function scopeOf({ account, region }: RequestContext): Scope {
  return { account, region };
}

/** The group's ARN without the `:*` that policies want behind it. */
export function groupArn({ account, region }: Scope, group: string): string {
  return `arn:aws:logs:${region}:${account}:log-group:${group}`;
}

export function streamArn(scope: Scope, group: string, stream: string): string {
  return `${groupArn(scope, group)}:log-stream:${stream}`;
}

/** The group that a request means by name, or by `logGroupIdentifier`: a name or an ARN. */
export function groupNameOf(
  { logGroupName, logGroupIdentifier }: { logGroupName?: string; logGroupIdentifier?: string },
  scope: Scope,
): string {
  if (logGroupName !== undefined && logGroupIdentifier !== undefined) {
    throw invalidParameter('LogGroup name and LogGroup identifier are mutually exclusive parameters.');
  }
  const given = logGroupName ?? logGroupIdentifier;
  if (given === undefined) throw invalidParameter('LogGroup name or LogGroup identifier must be specified.');
  return given.startsWith('arn:') ? groupOfArn(given, scope) : given;
}

/** The group that an ARN (without `:*`) names. Groups of other accounts and regions are not to be seen here. */
export function groupOfArn(arn: string, scope: Scope): string {
  const start = groupArn(scope, '');
  if (!arn.startsWith(start))
    throw invalidParameter(`The specified ARN is not a log group of this account and region: ${arn}`);
  return arn.slice(start.length);
}
