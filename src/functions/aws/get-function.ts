import type { Operation, RequestContext } from '../../wire/service.ts';
import type { Functions } from '../functions.ts';
import { configuration } from './configuration.ts';
import { readTarget } from './function-target.ts';
import type { FunctionOperation, Lambda } from './operation.ts';

/** A link that a plain GET can follow for a while to download the zip of this digest. */
export type CodeUrl = (digest: string, context: RequestContext) => string;

export const getFunction =
  (functions: Functions, codeUrl: CodeUrl): Operation<Lambda, 'GetFunction'> =>
  (input, context) => {
    const target = readTarget(input.FunctionName, input.Qualifier, context);
    const version = functions.findVersion(target, target.qualifier);
    const { tags, reserved } = functions.find(target).head;
    return {
      Configuration: configuration(target, version, target.qualifier),
      Code: { RepositoryType: 'S3', Location: codeUrl(version.definition.code.digest, context) },
      Concurrency: reserved === undefined ? undefined : { ReservedConcurrentExecutions: reserved },
      Tags: Object.keys(tags).length === 0 ? undefined : { ...tags },
    };
  };

export const getFunctionConfiguration: FunctionOperation<'GetFunctionConfiguration'> =
  (functions) => (input, context) => {
    const target = readTarget(input.FunctionName, input.Qualifier, context);
    return configuration(target, functions.findVersion(target, target.qualifier), target.qualifier);
  };
