import { Refused } from './refusal.ts';

const VARIABLES_BYTES_MAX = 4_096; // AWS: over the compact JSON of all variables (lambda-facts 4.1).

/** AWS: "Defined runtime environment variables", those marked as reserved, and those of lambda-facts 7.1 that carry credentials. */
const RESERVED = new Set([
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_MAX_CONCURRENCY',
  'AWS_LAMBDA_METADATA_API',
  'AWS_LAMBDA_METADATA_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SECRET_KEY',
  'AWS_SESSION_TOKEN',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
]);

/**
 * Throws `Refused` for names that the platform sets itself, for more than 4 KB in all, and for what no process can be given:
 * better here, where it is told to whoever sets it, than at each start. AWS's text for that is not known; ours names no value.
 */
export function checkVariables(variables: Readonly<Record<string, string>>): void {
  const names = Object.keys(variables).filter((name) => RESERVED.has(name));
  if (names.length > 0) throw new Refused({ kind: 'reserved-variables', names });
  const impossible = Object.keys(variables).filter((name) => variables[name]?.includes('\0'));
  if (impossible.length > 0) throw new Refused({ kind: 'variables-with-nul', names: impossible });
  const json = JSON.stringify(variables);
  if (Buffer.byteLength(json) > VARIABLES_BYTES_MAX) throw new Refused({ kind: 'variables-too-large', json });
}
