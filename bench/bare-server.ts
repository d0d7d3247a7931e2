// What Lambent is compared with: the least that a Node server can do, with the same handler in its own process. It
// reads JSON, calls the handler, writes JSON. No signatures, no isolation, no logs. Its argument is the port.
import { createServer } from 'node:http';
import { handler } from './functions/echo.mjs';

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', async () => {
    const answer = Buffer.from(JSON.stringify(await handler(JSON.parse(Buffer.concat(parts).toString()))));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': answer.length,
      'x-amz-executed-version': '$LATEST',
      'x-amzn-requestid': '11111111-2222-3333-4444-555555555555',
    });
    response.end(answer);
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');
