import { createRequire } from 'node:module';
import { lateHandlers } from '../../../wire/late-handlers.ts';
import { defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { Pipes } from '../pipes.ts';
import { pipesResources } from './resources.ts';

type Client = typeof import('@aws-sdk/client-pipes');

/** What the operations need of the service. */
export interface PipesDoor {
  readonly pipes: () => Promise<Pipes>;
  /** Whether something can be delivered to resources of this service: `sqs`. */
  readonly delivers: (service: string) => boolean;
}

const require = createRequire(import.meta.url);

const OPERATIONS = [
  'CreatePipe',
  'DeletePipe',
  'DescribePipe',
  'ListPipes',
  'ListTagsForResource',
  'StartPipe',
  'StopPipe',
  'TagResource',
  'UntagResource',
  'UpdatePipe',
] as const satisfies readonly (keyof Handlers<Client>)[];

/** EventBridge Pipes as a service of the wire. Its code is loaded with the first request. */
export function pipesService(door: PipesDoor): ServiceDefinition {
  return defineService<Client>({
    name: 'pipes',
    signingName: 'pipes',
    protocols: ['restJson1'],
    resources: pipesResources,
    load: () => require('@aws-sdk/client-pipes') as Client,
    handlers: lateHandlers<Client>(OPERATIONS, () => handlers().pipesHandlers(door)),
    constraints: () => constraints().PIPES_CONSTRAINTS,
    validate: (checks) => violations().validatePipes(checks),
  });
}

const handlers = () => require('./pipes-handlers.ts') as typeof import('./pipes-handlers.ts');
const constraints = () => require('./constraints.ts') as typeof import('./constraints.ts');
const violations = () => require('./violations.ts') as typeof import('./violations.ts');
