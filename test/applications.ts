// The small functions that every client deploys: the examples, and the same with another greeting as the changed code.
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pack } from '../examples/pack.ts';
import { checkout } from '../scripts/server-process.ts';
import { readyPython } from './server.ts';

export interface Application {
  /** Which example it is. */
  readonly example: string;
  readonly runtime: string;
  readonly handler: string;
  /** Zip files that greet with "Hello" and with "Goodbye". */
  readonly zip: string;
  readonly changedZip: string;
}

/** Node, Python and bash, packed into `directory`. */
export async function applications(directory: string): Promise<Application[]> {
  const python = await readyPython();
  return Promise.all([
    application(directory, 'hello', 'nodejs24.x', 'index.handler'),
    application(directory, 'hello-python', python, 'app.handler'),
    application(directory, 'shell', 'provided.al2023', 'handler.greet'),
  ]);
}

async function application(directory: string, example: string, runtime: string, handler: string): Promise<Application> {
  const source = join(checkout, 'examples', example);
  const changed = join(directory, example);
  await mkdir(changed);
  for (const name of await readdir(source)) {
    const copy = join(changed, name);
    await copyFile(join(source, name), copy);
    const { mode } = await stat(copy);
    await writeFile(copy, (await readFile(copy, 'utf8')).replaceAll('Hello, ', 'Goodbye, '), { mode });
  }
  const zip = join(directory, `${example}.zip`);
  const changedZip = join(directory, `${example}-changed.zip`);
  await writeFile(zip, await pack(source));
  await writeFile(changedZip, await pack(changed));
  return { example, runtime, handler, zip, changedZip };
}
