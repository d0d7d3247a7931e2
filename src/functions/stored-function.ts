import type { SecretBox } from '../identity/index.ts';
import { type Definition, type FunctionKey, functionArn, type Head, type Lifecycle, type Version } from './function.ts';

/**
 * How functions lie in their records: as themselves, in JSON, but for their variables, which are encrypted. What later
 * versions of Lambent added is filled in when the record of an earlier one is read.
 */
export interface StoredForm {
  writeHead(head: Head): string;
  /** Throws, with a text for the operator, when variables cannot be decrypted. */
  readHead(json: string): Head;
  writeVersion(key: FunctionKey, version: Version): string;
  /** Throws as `readHead`. */
  readVersion(key: FunctionKey, json: string): Version;
}

export function storedForm(secrets: SecretBox): StoredForm {
  const writeDefinition = (key: FunctionKey) => (definition: Definition) => {
    const { variables, ...settings } = definition.settings;
    if (variables === undefined) return definition;
    const sealedVariables = secrets.seal(JSON.stringify(variables), contextOf(key, definition));
    // SAFE: whoever reads this record unseals the variables again.
    return { ...definition, settings: { ...settings, sealedVariables } } as unknown as Definition;
  };
  const readDefinition = (key: FunctionKey) => (definition: Definition) => {
    const { sealedVariables, ...settings } = definition.settings as Definition['settings'] & {
      sealedVariables?: string;
    };
    const known = { ...ADDED_SETTINGS, ...settings };
    if (sealedVariables === undefined) return { ...definition, settings: known };
    try {
      const variables = JSON.parse(secrets.open(sealedVariables, contextOf(key, definition)));
      return { ...definition, settings: { ...known, variables } };
    } catch (cause) {
      throw new Error(`cannot read the environment variables of the function ${functionArn(key)}`, { cause });
    }
  };
  return {
    writeHead: (head) => JSON.stringify(mapHead(head, writeDefinition(head.key))),
    readHead(json) {
      const head: Head = JSON.parse(json);
      return mapHead(head, readDefinition(head.key));
    },
    writeVersion: (key, version) => JSON.stringify(mapVersion(version, writeDefinition(key))),
    readVersion: (key, json) => mapVersion(JSON.parse(json), readDefinition(key)),
  };
}

/** Whether a record holds variables that anybody who has it can read, as those of earlier versions did. */
export function isInTheClear(json: string): boolean {
  let found = false;
  const look = (definition: Definition) => {
    found ||= definition.settings.variables !== undefined;
    return definition;
  };
  const record: Head | Version = JSON.parse(json);
  if ('latest' in record) mapHead(record, look);
  else mapVersion(record, look);
  return found;
}

const ADDED_SETTINGS: Pick<Definition['settings'], 'layers'> = { layers: [] };

/** Binds what is sealed to its owner. */
const contextOf = (key: FunctionKey, { id }: Definition) => `${functionArn(key)} ${id}`;

type MapDefinition = (definition: Definition) => Definition;

function mapHead(head: Head, map: MapDefinition): Head {
  const { lastPublished } = head;
  return {
    ...head,
    latest: mapVersion(head.latest, map),
    lastPublished:
      lastPublished === undefined ? undefined : { ...lastPublished, definition: map(lastPublished.definition) },
  };
}

function mapVersion(version: Version, map: MapDefinition): Version {
  return { ...version, definition: map(version.definition), lifecycle: mapLifecycle(version.lifecycle, map) };
}

function mapLifecycle(lifecycle: Lifecycle, map: MapDefinition): Lifecycle {
  return 'previous' in lifecycle ? { ...lifecycle, previous: map(lifecycle.previous) } : lifecycle;
}
