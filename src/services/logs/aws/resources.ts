import type { ResourcesOf } from '../../../wire/service.ts';

/** The group or stream of a request, as CloudWatch Logs names both in its refusals: a group's stream has no name. */
export const logsResources: ResourcesOf = (_, input, { account, region }) => {
  const { logGroupName: name, logGroupIdentifier: identifier, logStreamName: stream, resourceArn: resource } = input;
  const group = typeof name === 'string' ? name : identifier;
  const own = `arn:aws:logs:${region}:${account}:log-group:`;
  if (typeof group !== 'string') return [typeof resource === 'string' ? resource : '*'];
  const arn = group.startsWith('arn:') ? group.replace(/:\*$/, '') : own + group;
  return [`${arn}:log-stream:${typeof stream === 'string' ? stream : ''}`];
};
