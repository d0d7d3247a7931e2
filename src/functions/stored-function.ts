import type { Definition, Head, Lifecycle, Settings, Version } from './function.ts';

// How functions lie in their records: as themselves, in JSON. What later versions of Lambent added is filled in here, so
// that the records of earlier ones are read as well.

export function readHead(json: string): Head {
  const head: Head = JSON.parse(json);
  const { lastPublished } = head;
  return {
    ...head,
    latest: completeVersion(head.latest),
    lastPublished:
      lastPublished === undefined
        ? undefined
        : { ...lastPublished, definition: completeDefinition(lastPublished.definition) },
  };
}

export function readVersion(json: string): Version {
  return completeVersion(JSON.parse(json));
}

function completeVersion(version: Version): Version {
  const { definition, lifecycle } = version;
  return { ...version, definition: completeDefinition(definition), lifecycle: completeLifecycle(lifecycle) };
}

function completeLifecycle(lifecycle: Lifecycle): Lifecycle {
  return 'previous' in lifecycle ? { ...lifecycle, previous: completeDefinition(lifecycle.previous) } : lifecycle;
}

function completeDefinition(definition: Definition): Definition {
  return { ...definition, settings: { ...ADDED_SETTINGS, ...definition.settings } };
}

const ADDED_SETTINGS: Pick<Settings, 'layers'> = { layers: [] };
