import { readRootKey } from '../identity/index.ts';

/** Region that clients are given; any region works, each has functions of its own. */
export const REGION = 'us-east-1';

/** Prints shell exports for the server of this data directory. */
export async function env(options: { dataDir: string; port: number }): Promise<void> {
  const { accessKeyId, secretAccessKey } = await credentials(options.dataDir);
  const exports = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${options.port}`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: REGION,
    // The AWS CLI of version 1 and boto3 read this one only.
    AWS_DEFAULT_REGION: REGION,
  };
  for (const [name, value] of Object.entries(exports)) process.stdout.write(`export ${name}=${value}\n`);
}

/** The root key of a data directory. Throws with what to type when there is none yet. */
export async function credentials(dataDir: string): Promise<{ accessKeyId: string; secretAccessKey: string }> {
  const key = await readRootKey(dataDir);
  if (key === undefined) {
    throw new Error(`${dataDir} has no key yet: start the server once with "lambent serve --data-dir ${dataDir}"`);
  }
  return key;
}
