// What the tests have seen of each operation: their notes (src/wire/testing/seen-answers.ts), read back.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Service } from './api.ts';

/** Answers by `service operation`: `success` and codes of errors. */
export type Seen = ReadonlyMap<string, ReadonlySet<string>>;

export function readNotes(directory: string, services: readonly Service[]): Seen {
  const names = new Map(services.map(({ client, name }) => [client, name]));
  const seen = new Map<string, Set<string>>();
  for (const file of readdirSync(directory)) {
    for (const line of readFileSync(join(directory, file), 'utf8').split('\n')) {
      const [client = '', command = '', answer = ''] = line.split(' ');
      const service = names.get(client);
      if (service === undefined) continue;
      const key = keyOf(service, command.replace(/Command$/, ''));
      const answers = seen.get(key) ?? new Set();
      seen.set(key, answers.add(answer));
    }
  }
  return seen;
}

export const keyOf = (service: string, operation: string) => `${service} ${operation}`;
