import { FIRST_ACCOUNT, readAccountKey } from '../identity/index.ts';

/** Region that clients are given; any region works, each has functions of its own. */
export const REGION = 'us-east-1';

/** Prints shell exports for the server of this data directory, with the root key of an account. */
export function env(options: { dataDir: string; port: number; account?: string | undefined }): void {
  const { accessKeyId, secretAccessKey } = readAccountKey(options.dataDir, options.account ?? FIRST_ACCOUNT);
  const exports = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${options.port}`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: REGION,
    // The AWS CLI of version 1 and boto3 read this one only.
    AWS_DEFAULT_REGION: REGION,
    // Some operations (StartLiveTail) are sent to `streaming-` and the host, which leads nowhere; they stay here.
    AWS_DISABLE_HOST_PREFIX_INJECTION: 'true',
  };
  for (const [name, value] of Object.entries(exports)) process.stdout.write(`export ${name}=${value}\n`);
}
