import { execFile } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { JAVA_MAJORS } from '../catalog.ts';
import { defaultRuntimesDir, openRuntimes } from '../open-runtimes.ts';
import type { Runtime } from '../runtime.ts';

const ADD_MS_MAX = 300_000;

/** The Java runtimes that this machine has a JDK for, added as a user would; and a sentence for each that it has not. */
export async function javaRuntimes(): Promise<{ runtimes: Runtime[]; leftOut: string[] }> {
  const all = await openRuntimes({ dir: defaultRuntimesDir(), log: pino({ level: 'silent' }) });
  const runtimes: Runtime[] = [];
  const leftOut: string[] = [];
  for (const major of JAVA_MAJORS) {
    const name = `java${major}`;
    try {
      await all.add(name, () => {}, AbortSignal.timeout(ADD_MS_MAX));
      runtimes.push(all.get(name));
    } catch (error) {
      leftOut.push(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { runtimes, leftOut };
}

/** The class files of some sources, in a directory that is gone when disposed. `sources`: by path. `jars`: what they need. */
export async function compiled(
  runtime: Runtime,
  sources: Readonly<Record<string, string>>,
  jars: readonly string[] = [],
): Promise<{ path: string } & Disposable> {
  const root = mkdtempSync(join(tmpdir(), 'lambent-java-'));
  const path = join(root, 'classes');
  mkdirSync(path);
  const files = Object.entries(sources).map(([name, text]) => {
    const file = join(root, 'src', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  });
  const [jdk, guest] = runtime.launch(512).mounts.map(({ source }) => source);
  const classPath = [...globSync('*.jar', { cwd: guest ?? '' }).map((jar) => join(guest ?? '', jar)), ...jars];
  const args = ['--release', '11', '-proc:none', '-cp', classPath.join(delimiter), '-d', path, ...files];
  await promisify(execFile)(join(jdk ?? '', 'bin/javac'), args);
  return { path, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

/** The class files in a directory, by path: as a zip of them is a jar. */
export function filesIn(directory: string): Record<string, Buffer> {
  const names = globSync('**/*.class', { cwd: directory });
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name))]));
}
