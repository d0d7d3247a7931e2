import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { PipesServiceException } from '@aws-sdk/client-pipes';
import { assumableRoles } from '../../../../identity/index.ts';
import { systemClock } from '../../../../lib/clock.ts';
import { openLog } from '../../../../lib/log.ts';
import type { Records } from '../../../../store/records.ts';
import { openSqliteRecords } from '../../../../store/sqlite/sqlite-records.ts';
import { clientOf, serve } from '../../../../wire/test-server.ts';
import { noting } from '../../../../wire/testing/seen-answers.ts';
import { openPipesLate } from '../../open-pipes.ts';
import type { PipeSources, Reading } from '../../ports.ts';
import { pipesService } from '../pipes-service.ts';

const require = createRequire(import.meta.url);
export const sdk = require('@aws-sdk/client-pipes') as typeof import('@aws-sdk/client-pipes');

export const ROLE = 'arn:aws:iam::123456789012:role/pipe';
export const queue = (name: string) => `arn:aws:sqs:eu-west-1:123456789012:${name}`;

/** Pipes alone behind the real wire, on a free port, with the official client in front of them. Queues called `gone` are not there. */
export async function servePipes(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'lambent-pipes-'));
  const records = openSqliteRecords(join(directory, 'records.db'));
  const { sources, read } = sourcesOf();
  let current = openOn(records, sources);
  const server = await serve(t, [
    pipesService({ pipes: () => current.core(), delivers: (service) => ['sqs', 'sns', 'lambda'].includes(service) }),
  ]);
  const client = new sdk.Pipes(noting(clientOf(server)));
  t.after(async () => {
    client.destroy();
    await current[Symbol.asyncDispose]();
    await records[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });
  return {
    client,
    records,
    /** What is read for each pipe now, by the pipe's name. */
    read,
    /** As after a restart. */
    async reopen() {
      await current[Symbol.asyncDispose]();
      read.clear();
      current = openOn(records, sources);
      await current.resume();
    },
    /** Looks until nothing is under way with the pipe. */
    async settled(Name: string) {
      for (;;) {
        const pipe = await client.describePipe({ Name });
        if (!pipe.CurrentState?.endsWith('ING') || pipe.CurrentState === 'RUNNING') return pipe;
      }
    },
    async gone(Name: string) {
      while ((await client.listPipes({})).Pipes?.some((pipe) => pipe.Name === Name)) {
        // It is on its way out.
      }
    },
  };
}

function openOn(records: Records, sources: PipeSources) {
  return openPipesLate({
    ...{ records, sources, clock: systemClock, log: openLog('silent') },
    call: async () => ({ kind: 'failed', problem: 'there are no functions here' }),
    deliver: async () => {},
    assumable: assumableRoles({ existence: 'unchecked', accounts: 'own' }, () => undefined),
  });
}

function sourcesOf() {
  const read = new Map<string, Reading>();
  const sources: PipeSources = {
    flawOf: async ({ arn }) => (arn.endsWith(':gone') ? 'The specified queue does not exist.' : undefined),
    newReader() {
      let name: string | undefined;
      return {
        problem: undefined,
        run(reading) {
          name = reading.pipeArn.split('/')[1] ?? '';
          read.set(name, reading);
        },
        async pause() {
          if (name !== undefined) read.delete(name);
        },
        idle: async () => {},
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
  return { sources, read };
}

/** What a call was refused with. */
export async function refusalOf(call: Promise<unknown>) {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof sdk.PipesServiceException)) throw error;
    const { name, message, $metadata }: PipesServiceException = error;
    return { name, status: $metadata.httpStatusCode, message };
  }
  throw new Error('it was not refused');
}
