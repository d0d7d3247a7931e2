import type { Handlers, Operation, OperationName } from '../../../wire/service.ts';

/** The official client, whose types are the shapes of every operation. */
export type Client = typeof import('@aws-sdk/client-s3');

export type S3Operation<Name extends OperationName<Client>> = Operation<Client, Name>;

/** Handlers of just these operations. */
export type Answering<Name extends OperationName<Client>> = Required<Pick<Handlers<Client>, Name>>;
