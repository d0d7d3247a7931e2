import { type AliasPatch, aliasesOf, createAlias, deleteAlias, type NewAlias, updateAlias } from './alias.ts';
import { assertAliasCanMove } from './concurrency.ts';
import type { Editing } from './editing.ts';
import { type Alias, type FunctionKey, functionArn } from './function.ts';
import { aliasOf } from './qualifier.ts';
import { Refused } from './refusal.ts';

/** Names for versions, which can be given to other versions. */
export interface Aliases {
  createAlias(key: FunctionKey, alias: NewAlias): Promise<Alias>;
  /** The alias that must be there. */
  alias(key: FunctionKey, name: string): Alias;
  updateAlias(key: FunctionKey, name: string, patch: AliasPatch): Promise<Alias>;
  /** An alias that is not there is a success. */
  deleteAlias(key: FunctionKey, name: string): Promise<void>;
  /** By name. */
  aliases(key: FunctionKey): Alias[];
}

export function aliases({ catalogue, find, now, inTurn }: Editing): Aliases {
  const missing = (key: FunctionKey, name: string) =>
    new Refused({ kind: 'no-such-alias', arn: functionArn(key, name) });
  const stored = (key: FunctionKey, name: string): Alias => {
    const entry = catalogue.get(key);
    const alias = entry === undefined ? undefined : aliasOf(entry.head, name);
    if (alias === undefined) throw missing(key, name);
    return alias;
  };

  return {
    createAlias: (key, alias) =>
      inTurn(key, async () => {
        const entry = catalogue.get(key);
        if (entry === undefined) {
          throw new Refused({ kind: 'no-such-function', arn: functionArn(key, alias.version) });
        }
        await catalogue.commit({ head: createAlias(entry.head, alias, now()), versions: [] });
        return stored(key, alias.name);
      }),
    alias: stored,
    updateAlias: (key, name, patch) =>
      inTurn(key, async () => {
        const entry = catalogue.get(key);
        if (entry === undefined) throw new Refused({ kind: 'no-alias-to-update', arn: functionArn(key, name) });
        const head = updateAlias(entry.head, name, patch, now());
        assertAliasCanMove(entry, head, name);
        await catalogue.commit({ head, versions: [] });
        return stored(key, name);
      }),
    deleteAlias: (key, name) =>
      inTurn(key, async () => {
        const without = deleteAlias(find(key).head, name);
        if (without !== undefined) await catalogue.commit({ head: without, versions: [] });
      }),
    aliases: (key) => aliasesOf(find(key).head),
  };
}
