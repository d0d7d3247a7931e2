import type { Operation, OperationName } from '../../wire/service.ts';
import type { Functions } from '../functions.ts';
import type { CodeObjects } from './code-objects.ts';

/** Only its types: the module is loaded by the engine at the first request, not when the server starts. */
export type Lambda = typeof import('@aws-sdk/client-lambda');

/** One operation over the control plane. */
export type FunctionOperation<Name extends OperationName<Lambda>> = (functions: Functions) => Operation<Lambda, Name>;

/** One that takes code, which may lie in a bucket. */
export type CodeOperation<Name extends OperationName<Lambda>> = (
  functions: Functions,
  objects: CodeObjects,
) => Operation<Lambda, Name>;
