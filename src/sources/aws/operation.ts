import type { Lambda } from '../../functions/aws/operation.ts';
import type { Operation, OperationName } from '../../wire/service.ts';
import type { Mappings } from '../mappings.ts';

/** One operation over event source mappings. */
export type MappingOperation<Name extends OperationName<Lambda>> = (mappings: Mappings) => Operation<Lambda, Name>;
