import type { ResourcesOf } from '../../../wire/service.ts';

/** The groups or the stream of a request, as CloudWatch Logs names both in its refusals: a group's stream has no name. */
export const logsResources: ResourcesOf = (_, input, { account, region }) => {
  const { logGroupName, logGroupIdentifier, logGroupIdentifiers, logGroupNames, logStreamName, resourceArn } = input;
  const groups = [logGroupName, logGroupIdentifier, logGroupIdentifiers, logGroupNames].flat().filter(isText);
  if (groups.length === 0) return [isText(resourceArn) ? resourceArn : '*'];
  const own = `arn:aws:logs:${region}:${account}:log-group:`;
  return groups.map((group) => {
    const arn = group.startsWith('arn:') ? group.replace(/:\*$/, '') : own + group;
    return `${arn}:log-stream:${isText(logStreamName) ? logStreamName : ''}`;
  });
};

const isText = (value: unknown): value is string => typeof value === 'string';
