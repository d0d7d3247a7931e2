import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The first Python on the path may be one that the system's packages are not for. */
export async function pythonWithBoto3(env: NodeJS.ProcessEnv): Promise<string> {
  for (const python of ['python3', '/usr/bin/python3']) {
    const imports = promisify(execFile)(python, ['-c', 'import boto3'], { env });
    if (
      await imports.then(
        () => true,
        () => false,
      )
    )
      return python;
  }
  throw new Error("no Python here has boto3; install the system's package python3-boto3");
}
