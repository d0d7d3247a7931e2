import { createRequire } from 'node:module';
import { defineService, type ServiceDefinition } from '../../wire/service.ts';
import type { Functions } from '../functions.ts';
import { type CodeObjects, NO_CODE_OBJECTS } from './code-objects.ts';
import type { CodeUrl } from './get-function.ts';
import { lambdaHandlers } from './lambda-handlers.ts';
import type { LambdaPart } from './lambda-part.ts';
import { lambdaResources } from './resources.ts';

type Client = typeof import('@aws-sdk/client-lambda');
type Table = typeof import('./constraints/lambda-constraints.ts');

const require = createRequire(import.meta.url);

/** Lambda as a service of the wire. Invoke is not in it: it has a door of its own (`src/invoke/aws/invoke-door.ts`). */
export function lambdaService(
  functions: Functions,
  codeUrl: CodeUrl,
  parts: readonly LambdaPart[] = [],
  objects: CodeObjects = NO_CODE_OBJECTS,
): ServiceDefinition {
  return defineService<Client>({
    name: 'lambda',
    signingName: 'lambda',
    protocols: ['restJson1'],
    fractions: ['AdditionalVersionWeights', 'TargetValue'],
    load: () => require('@aws-sdk/client-lambda') as Client,
    handlers: lambdaHandlers(functions, codeUrl, parts, objects),
    resources: lambdaResources,
    constraints: () => (require('./constraints/lambda-constraints.ts') as Table).LAMBDA_CONSTRAINTS,
  });
}
