import type { Runtime } from '../../runtimes/runtime.ts';
import type { SandboxPaths } from '../../sandbox/sandbox.ts';
import type { InitializationType } from '../logs/environment-log-events.ts';
import type { EnvironmentSpec } from '../spec.ts';

export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/**
 * The whole environment of a function's process. Precedence (lambda-facts 7.3): what the platform reserves wins over the
 * customer's variables, which win over the runtime's defaults (PATH, LANG, TZ, NODE_PATH, …). AWS's open-source emulator
 * lets no customer set TZ; AWS itself does, and documents it as not reserved since 2022.
 */
export function guestVariables(options: {
  spec: EnvironmentSpec;
  initializationType: InitializationType;
  runtime: Runtime;
  paths: SandboxPaths;
  credentials: RoleCredentials;
  logStream: string;
  runtimeApi: string;
  /** `http://host:port` of the platform, as reached from inside; AWS itself never sets this. */
  endpointUrl: string;
}): Record<string, string> {
  const { spec, runtime, paths, credentials } = options;
  const logging: Record<string, string> =
    spec.jsonLogging === undefined
      ? {}
      : { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: spec.jsonLogging.applicationLevel };
  return {
    AWS_ENDPOINT_URL: options.endpointUrl,
    // On AWS, and in a sandbox that isolates, every program finds its own /tmp by itself.
    ...(paths.tmp === '/tmp' ? {} : { TMPDIR: paths.tmp }),
    ...runtime.variables(paths),
    ...spec.variables,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    _HANDLER: spec.handler,
    AWS_LAMBDA_LOG_GROUP_NAME: spec.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: options.logStream,
    LAMBDA_TASK_ROOT: paths.task,
    AWS_REGION: spec.region,
    AWS_DEFAULT_REGION: spec.region,
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_VERSION: spec.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: options.initializationType,
    AWS_LAMBDA_RUNTIME_API: options.runtimeApi,
    ...logging,
  };
}
