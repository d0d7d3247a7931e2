// The main job on real input: a function with native dependencies makes a thumbnail of a photo of twelve megapixels.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { pack } from '../examples/pack.ts';
import { checkout } from '../scripts/server-process.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, patience, ROLE, serve, text } from './server.ts';

const WIDTH = 4_000;
const HEIGHT = 3_000;

test('a thumbnail is made of a photo of 12 megapixels by a function that brings sharp in its zip', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const client = lambdaClient(cleanUp, server);
  const sdk = lambdaSdk();
  const image = await photo();
  const event = JSON.stringify({ image: image.toString('base64'), width: 400 });
  assert.ok(event.length > 2_000_000 && event.length < 6 * 1024 * 1024, `an event of ${event.length} bytes`);

  const named = { FunctionName: 'thumbnail' };
  await client.send(
    new sdk.CreateFunctionCommand({
      ...named,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      MemorySize: 1024,
      Timeout: 30,
      Role: ROLE,
      Code: { ZipFile: await pack(join(checkout, 'examples/thumbnail'), ['sharp']) },
    }),
  );
  await sdk.waitUntilFunctionActiveV2(patience(client), named);
  const answer = await client.send(new sdk.InvokeCommand({ ...named, Payload: event, LogType: 'Tail' }));
  assert.equal(answer.FunctionError, undefined, text(answer.Payload));

  const thumbnail: { image: string; width: number; height: number } = JSON.parse(text(answer.Payload));
  assert.deepEqual([thumbnail.width, thumbnail.height], [400, 300]);
  const small = sharp(Buffer.from(thumbnail.image, 'base64'));
  const { format, width, height } = await small.metadata();
  assert.deepEqual([format, width, height], ['jpeg', 400, 300]);
  // It is this picture: dark at the top left, red growing to the right, green to the bottom.
  const { data, info } = await small.raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * info.channels).subarray(0, 2)];
  for (const [x, y, red, green] of [
    [5, 5, 0, 0],
    [394, 5, 255, 0],
    [5, 294, 0, 255],
    [394, 294, 255, 255],
  ] as const) {
    const [seenRed = -1, seenGreen = -1] = at(x, y);
    assert.ok(Math.abs(seenRed - red) < 40 && Math.abs(seenGreen - green) < 40, `${x},${y}: ${seenRed}, ${seenGreen}`);
  }
  assert.match(Buffer.from(answer.LogResult ?? '', 'base64').toString(), /made a thumbnail of 400 x 300 pixels/);
});

/** Gradients under noise, so that it is as large a JPEG as a camera's. Made here, so that no binary is in the tree. */
async function photo(): Promise<Buffer> {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
  let seed = 1;
  for (let y = 0, at = 0; y < HEIGHT; y += 1) {
    const green = (255 * y) / HEIGHT;
    for (let x = 0; x < WIDTH; x += 1) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
      const noise = (seed >>> 27) - 16;
      pixels[at++] = Math.max(0, Math.min(255, (255 * x) / WIDTH + noise));
      pixels[at++] = Math.max(0, Math.min(255, green + noise));
      pixels[at++] = 128;
    }
  }
  return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .jpeg({ quality: 82 })
    .toBuffer();
}
