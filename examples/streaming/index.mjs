import { setTimeout as sleep } from 'node:timers/promises';

/** Tells a text word by word, as a language model would; whoever reads sees each word as it comes. */
export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
  const { text = 'Hello from a stream', pauseMs = 50 } = event;
  stream.setContentType('text/plain; charset=utf-8');
  console.log(`telling ${text.length} characters`);
  for (const word of text.split(/(?<=\s)/)) {
    // False means: whoever reads is slower than we are. Waiting here keeps the memory small, however long the text.
    if (!stream.write(word)) await new Promise((resolve) => stream.once('drain', resolve));
    await sleep(pauseMs);
  }
  stream.end(`\n(${context.awsRequestId})\n`);
});
