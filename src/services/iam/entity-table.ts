import { everyRecord, type Records } from '../../store/records.ts';

/** What is told apart by a name within an account, whatever the case of its letters. */
interface Named {
  readonly account: string;
  readonly name: string;
}

/** Entities of one kind: all in memory, each one record of the store. What `put` and `delete` have resolved is durable. */
export interface EntityTable<Entity extends Named> {
  find(account: string, name: string): Entity | undefined;
  /** All of an account, by name. */
  list(account: string): Entity[];
  count(account: string): number;
  put(entity: Entity): Promise<void>;
  delete(entity: Entity): Promise<void>;
}

/** Reads all records under `prefix`. Changes of one entity must come one at a time: see `serial`. */
export async function openEntityTable<Entity extends Named>(
  records: Records,
  prefix: string,
): Promise<EntityTable<Entity>> {
  const accounts = new Map<string, Map<string, { entity: Entity; revision: number }>>();
  const keep = (entity: Entity, revision: number) => {
    const entities = accounts.get(entity.account) ?? new Map<string, { entity: Entity; revision: number }>();
    accounts.set(entity.account, entities.set(entity.name.toLowerCase(), { entity, revision }));
  };
  // SAFE: only `put` writes under this prefix.
  for await (const { value, revision } of everyRecord(records, prefix)) keep(JSON.parse(value) as Entity, revision);

  const stored = ({ account, name }: Named) => accounts.get(account)?.get(name.toLowerCase());
  const keyOf = ({ account, name }: Named) => `${prefix}${account}/${escaped(name.toLowerCase())}`;

  return {
    find: (account, name) => stored({ account, name })?.entity,
    list: (account) => {
      const entities = [...(accounts.get(account)?.entries() ?? [])];
      return entities.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, { entity }]) => entity);
    },
    count: (account) => accounts.get(account)?.size ?? 0,
    async put(entity) {
      const ifRevision = stored(entity)?.revision ?? 0;
      keep(entity, await records.put(keyOf(entity), JSON.stringify(entity), { ifRevision }));
    },
    async delete(entity) {
      await records.delete(keyOf(entity), { ifRevision: stored(entity)?.revision ?? 0 });
      accounts.get(entity.account)?.delete(entity.name.toLowerCase());
    },
  };
}

/** A name as a record's key: AWS's names have characters that keys cannot have. */
function escaped(name: string): string {
  return name.replace(/[^a-z0-9_-]/g, (character) => `=${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
