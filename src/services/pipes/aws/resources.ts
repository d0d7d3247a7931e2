import type { ResourcesOf } from '../../../wire/service.ts';
import { pipeArn } from '../pipe.ts';

/** The pipe that a request is about. */
export const pipesResources: ResourcesOf = (_, { Name: name, resourceArn: arn }, { account, region }) => {
  if (typeof arn === 'string') return [arn];
  return [typeof name === 'string' ? pipeArn({ account, region, name }) : '*'];
};
