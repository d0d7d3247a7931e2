import { checkVariables } from './environment-variables.ts';
import type { Logging, LogLevel, Settings } from './function.ts';
import { Refused } from './refusal.ts';

/** Members that a caller gave; what is undefined was not given. */
export interface SettingsPatch extends Partial<Omit<Settings, 'logging'>> {
  readonly logging?: LoggingPatch | undefined;
}

export interface LoggingPatch {
  readonly format?: 'Text' | 'JSON' | undefined;
  readonly group?: string | undefined;
  readonly applicationLevel?: LogLevel | undefined;
  readonly systemLevel?: LogLevel | undefined;
}

/** A new function's settings: what was given over AWS's defaults (lambda-facts 3.1). */
export function newSettings(
  name: string,
  given: SettingsPatch & { roleArn: string; runtime: string; handler: string },
): Settings {
  const defaults: Settings = {
    description: '',
    roleArn: given.roleArn,
    runtime: given.runtime,
    handler: given.handler,
    timeoutMs: 3_000,
    memoryMb: 128,
    ephemeralMb: 512,
    variables: undefined,
    tracing: 'PassThrough',
    logging: { format: 'Text', group: `/aws/lambda/${name}` },
    layers: [],
  };
  return mergeSettings(defaults, given);
}

/** Only given members change; variables and layers are replaced as a whole (lambda-facts 3.2). Throws `Refused`. */
export function mergeSettings(current: Settings, given: SettingsPatch): Settings {
  if (given.variables !== undefined) checkVariables(given.variables);
  return {
    description: given.description ?? current.description,
    roleArn: given.roleArn ?? current.roleArn,
    runtime: given.runtime ?? current.runtime,
    handler: given.handler ?? current.handler,
    timeoutMs: given.timeoutMs ?? current.timeoutMs,
    memoryMb: given.memoryMb ?? current.memoryMb,
    ephemeralMb: given.ephemeralMb ?? current.ephemeralMb,
    variables: given.variables ?? current.variables,
    tracing: given.tracing ?? current.tracing,
    // Off is undefined, as in records that know nothing of it: the same content is no new version.
    snapStart: (given.snapStart ?? current.snapStart) || undefined,
    logging: given.logging === undefined ? current.logging : mergeLogging(current.logging, given.logging),
    // An empty one takes it away.
    deadLetterArn: (given.deadLetterArn ?? current.deadLetterArn) || undefined,
    layers: given.layers ?? current.layers,
  };
}

/** Levels come with JSON and go with Text (lambda-facts 3.8). Throws `Refused` for levels of a text log. */
function mergeLogging(current: Logging, given: LoggingPatch): Logging {
  const group = given.group ?? current.group;
  if ((given.format ?? current.format) === 'Text') {
    if (given.applicationLevel !== undefined || given.systemLevel !== undefined)
      throw new Refused({ kind: 'levels-of-text-log' });
    return { format: 'Text', group };
  }
  const levels =
    current.format === 'JSON' ? current : { applicationLevel: 'INFO' as const, systemLevel: 'INFO' as const };
  return {
    format: 'JSON',
    group,
    applicationLevel: given.applicationLevel ?? levels.applicationLevel,
    systemLevel: given.systemLevel ?? levels.systemLevel,
  };
}
