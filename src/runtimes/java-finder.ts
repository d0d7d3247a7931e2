import { execFile } from 'node:child_process';
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { JAVA_MAJORS } from './catalog.ts';
import { type FinderOptions, foundRuntimes, type Interpreter, type RuntimeFinder } from './finder.ts';
import { aptOffers } from './host-programs.ts';
import { fetchLibraries, guestDirectory, hasLibraries, isGuestReady, makeArchive, makeGuest } from './java-guest.ts';
import { findJdks, hasCompiler, jdkAt, majorOf } from './java-jdks.ts';
import { javaRuntime } from './java-runtime.ts';

const LOOK_MS_MAX = 120_000;
const START_MS_MAX = 30_000;

/** JDKs are the host's; what drives functions is compiled once, with two libraries of AWS that Maven downloads. */
export function javaFinder({ dir, host, log }: FinderOptions): RuntimeFinder {
  const majors = new Map(JAVA_MAJORS.map((major) => [`java${major}`, major]));
  const guestDir = guestDirectory(dir);
  const ready = foundRuntimes((name) => ({ kind: 'missing', name, command: `lambent runtime add ${name}` }));
  let jdks = new Map<number, Interpreter>();

  const nowReady = (name: string, jdk: Interpreter): void => {
    ready.set(name, { runtime: javaRuntime(name, jdk, guestDir), path: jdk.path });
  };
  /** Compiles what is missing for this JDK. */
  const prepare = async (jdk: Interpreter, signal: AbortSignal): Promise<void> => {
    if (!isGuestReady(guestDir)) {
      log.info({ dir: guestDir }, 'compiling what runs Java functions, once for this version of Lambent');
      const compiler = [jdk, ...jdks.values()].find(hasCompiler);
      if (compiler === undefined) {
        throw new Error(
          `${jdk.prefix} has no compiler, which Lambent needs once. Type: apt-get install openjdk-${majorOf(jdk)}-jdk-headless`,
        );
      }
      await makeGuest(dir, compiler, signal);
    }
    await makeArchive(guestDir, jdk, signal);
  };
  const look = async (): Promise<void> => {
    jdks = findJdks(host);
    for (const name of majors.keys()) ready.delete(name);
    // Until somebody asks for Java, nothing is done for it. Afterwards a new JDK, or a new version of Lambent, needs no word.
    if (!hasLibraries(dir)) return;
    for (const [name, major] of majors) {
      const jdk = jdks.get(major);
      if (jdk === undefined) continue;
      try {
        await prepare(jdk, AbortSignal.timeout(LOOK_MS_MAX));
        nowReady(name, jdk);
      } catch (error) {
        log.warn({ err: error, jdk: jdk.prefix }, `cannot prepare ${name}`);
      }
    }
  };

  return {
    names: [...majors.keys()],
    look,
    status: (name) => {
      const jdk = jdks.get(majors.get(name) ?? 0);
      // Another process (`lambent runtime add`) may have prepared it since.
      if (!ready.has(name) && jdk !== undefined && isGuestReady(guestDir)) nowReady(name, jdk);
      return ready.status(name);
    },
    get: ready.get,
    add: async (name, progress, signal) => {
      jdks = findJdks(host);
      const major = majors.get(name) ?? 0;
      const jdk = jdks.get(major);
      if (jdk === undefined) throw new Error(await advice(major, host, signal));
      await fetchLibraries(dir, host, progress, signal);
      progress(`Preparing ${name} for ${jdk.prefix}.`);
      await prepare(jdk, signal);
      nowReady(name, jdk);
    },
    named: {
      inspect: async (_name, path, signal) => {
        const jdk = await inspectJdk(path, signal);
        await fetchLibraries(dir, host, () => {}, signal);
        await prepare(jdk, signal);
        return jdk;
      },
      runtime: (name, jdk) => javaRuntime(name, jdk, guestDir),
    },
  };
}

/** `path`: a JDK's directory, or its `bin/java`. Throws, in a sentence for people, when it is none, or does not run. */
async function inspectJdk(path: string, signal: AbortSignal): Promise<Interpreter> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new Error(`There is no ${path}.`);
  const jdk = jdkAt(stat.isDirectory() ? path : dirname(dirname(realpathSync(path))));
  if (jdk === undefined) throw new Error(`${path} is no JDK, nor the bin/java of one.`);
  const oldest = Math.min(...JAVA_MAJORS);
  if (majorOf(jdk) < oldest) throw new Error(`${path} is Java ${jdk.version}; Lambent runs Java ${oldest} and later.`);
  try {
    await promisify(execFile)(jdk.path, ['--version'], { env: {}, timeout: START_MS_MAX, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${path} does not run on this machine.`, { cause: error });
  }
  return jdk;
}

async function advice(major: number, host: FinderOptions['host'], signal: AbortSignal): Promise<string> {
  const then = `then: lambent runtime add java${major}`;
  const debian = `openjdk-${major}-jdk-headless`;
  if (await aptOffers(debian, host, signal)) {
    return `JDK ${major} is not on this machine. Type: apt-get install ${debian}; ${then}`;
  }
  return `JDK ${major} is not on this machine, and its package manager has none. Unpack one in /opt, ${then}; or run it on another JDK: lambent runtime add java${major} --path DIRECTORY`;
}
