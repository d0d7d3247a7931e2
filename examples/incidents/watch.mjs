// Is told of the lines of a log group that a subscription picks out, and answers the incidents in them; its destination of
// successes sends them on to whoever is on call.
import { gunzipSync } from 'node:zlib';

export const handler = async ({ awslogs }) => {
  const { logGroup, logStream, logEvents } = JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')));
  const incidents = logEvents.map(({ id, timestamp, message }) => {
    const { requestId, message: what } = JSON.parse(message);
    return { id, at: new Date(timestamp).toISOString(), logGroup, logStream, requestId, ...what };
  });
  console.log(`${incidents.length} incidents in ${logGroup}`);
  return { incidents };
};
