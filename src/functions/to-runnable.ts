import { type Definition, type FunctionKey, functionArn, LATEST } from './function.ts';
import type { Runnable } from './runnable.ts';

/** The data plane's view of a definition that runs as this version. */
export function toRunnable(key: FunctionKey, version: string, definition: Definition): Runnable {
  const { settings, code } = definition;
  const { logging } = settings;
  return {
    id: runnableId(version, definition),
    account: key.account,
    region: key.region,
    name: key.name,
    version,
    functionArn: functionArn(key),
    roleArn: settings.roleArn,
    runtime: settings.runtime,
    architecture: definition.architecture,
    handler: settings.handler,
    timeoutMs: settings.timeoutMs,
    memoryMb: settings.memoryMb,
    ephemeralMb: settings.ephemeralMb,
    variables: settings.variables ?? {},
    codeDigest: code.digest,
    layerDigests: layerDigests(definition),
    snapStart: version !== LATEST && settings.snapStart === true,
    logGroup: logging.group,
    customLogGroup: logging.group !== `/aws/lambda/${key.name}`,
    tracing: settings.tracing,
    jsonLogging:
      logging.format === 'JSON'
        ? { applicationLevel: logging.applicationLevel, systemLevel: logging.systemLevel }
        : undefined,
  };
}

/** The packages of its layers, in their order. */
export function layerDigests({ settings }: Definition): string[] {
  return settings.layers.map(({ code }) => code.digest);
}

/** A version made from a definition keeps that definition's id, so the version belongs to the runnable's id. */
export function runnableId(version: string, { id }: Definition): string {
  return `${id}:${version}`;
}
