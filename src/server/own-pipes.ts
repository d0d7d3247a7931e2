import { randomUUID } from 'node:crypto';
import type { Admission, Delivery } from '../delivery/delivery.ts';
import { assumableRoles } from '../identity/index.ts';
import { type OpenPipes, openPipesLate } from '../services/pipes/open-pipes.ts';
import { callFunction } from './call-function.ts';
import type { ServerConfig } from './config.ts';
import type { Core } from './core.ts';
import { pipeSources } from './pipe-sources.ts';
import type { FunctionRuns } from './run-function.ts';

type SourcePorts = Omit<Parameters<typeof pipeSources>[0], 'uuid'>;

interface Ports extends SourcePorts {
  readonly core: Pick<Core, 'data' | 'iam' | 'roleExistence'>;
  readonly invoke: FunctionRuns['invoke'];
  /** Opened after the pipes. */
  readonly delivery: () => Delivery & Admission;
}

/** Pipes with all that they read from, run and deliver to. */
export function ownPipes({ auth }: Pick<ServerConfig, 'auth'>, { core, invoke, delivery, ...ports }: Ports): OpenPipes {
  const { data, iam, roleExistence: existence } = core;
  return openPipesLate({
    ...{ records: data.records, clock: ports.clock, log: ports.log },
    sources: pipeSources({ ...ports, uuid: randomUUID }),
    call: callFunction({
      ...{ invoke, uuid: randomUUID },
      admission: { assertDeliverable: (arn, from) => delivery().assertDeliverable(arn, from) },
    }),
    deliver: (arn, message, from, signal) => delivery().deliver(arn, message, from, signal),
    assumable: assumableRoles(
      { existence, accounts: auth === 'relaxed' ? 'any' : 'own' },
      (arn) => iam.roleOfArn(arn)?.trustPolicy,
      'pipes.amazonaws.com',
    ),
  });
}
