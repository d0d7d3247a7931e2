// The page of metrics, as its users get it.
import { presign } from '../src/wire/sigv4/index.ts';
import type { TestServer } from './server.ts';

/** What the server has counted for the account, in Prometheus's text format. Signed as by a client of CloudWatch. */
export async function metricsOf({ env }: TestServer): Promise<string> {
  const url = presign(new URL('/_lambent/metrics', env.AWS_ENDPOINT_URL).href, {
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
    region: 'us-east-1',
    service: 'monitoring',
    nowMs: Date.now(),
    expiresSeconds: 60,
  });
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`no metrics: ${answer.status} ${await answer.text()}`);
  return answer.text();
}
