import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Host, Interpreter } from './finder.ts';
import { archiveName } from './java-archive.ts';
import { majorOf } from './java-jdks.ts';
import { javaLibrary } from './java-library.ts';
import { JAVA_MAIN, javaFlags } from './java-runtime.ts';
import { makingDirectory } from './making-directory.ts';
import { RUNTIME_DIR } from './variables.ts';

const SOURCE_DIR = fileURLToPath(new URL('../../guest/java', import.meta.url));

/** AWS's own: the interfaces that functions implement, and the mapping between JSON and objects. From Maven's repository. */
const ARTIFACTS = [
  {
    name: 'aws-lambda-java-core',
    version: '1.4.0',
    sha256: '575c24393cc1ad645e83e618956eabd89ffe8cc09efae2cb62bc6589154d68ed',
  },
  {
    name: 'aws-lambda-java-serialization',
    version: '1.2.0',
    sha256: '1513c1f945a3213f916a4b2de1760c97b51d84d110f82bbbcf9cfac53d5651e7',
  },
] as const;
const fileOf = ({ name, version }: (typeof ARTIFACTS)[number]) => `${name}-${version}.jar`;

const MAVEN_MS_MAX = 300_000;
const TOOL_MS_MAX = 120_000;

const libraryDir = (dir: string) => join(dir, 'java/lib');

/** Whether AWS's libraries are there: a person has once asked for Java. */
export function hasLibraries(dir: string): boolean {
  return ARTIFACTS.every((artifact) => existsSync(join(libraryDir(dir), fileOf(artifact))));
}

/** Gets AWS's libraries with the host's Maven, by its own settings. Throws with what to type next. */
export async function fetchLibraries(
  dir: string,
  { env }: Host,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const missing = ARTIFACTS.filter((artifact) => !existsSync(join(libraryDir(dir), fileOf(artifact))));
  if (missing.length === 0) return;
  const maven = (env.PATH ?? '').split(delimiter).map((directory) => join(directory, 'mvn'));
  const mvn = maven.find((file) => existsSync(file));
  if (mvn === undefined) {
    throw new Error(
      'The Java runtimes need two libraries of AWS, which Maven downloads, and there is no mvn on PATH. Install Maven, for example with "apt-get install maven", and run this command again.',
    );
  }
  mkdirSync(libraryDir(dir), { recursive: true });
  using download = makingDirectory(libraryDir(dir));
  for (const artifact of missing) {
    progress(`Downloading ${artifact.name} ${artifact.version} with Maven.`);
    const wanted = `com.amazonaws:${artifact.name}:${artifact.version}`;
    const options = ['-B', '-q', 'dependency:copy', `-Dartifact=${wanted}`, `-DoutputDirectory=${download.path}`];
    try {
      // In a directory of its own: Maven would take a project's settings otherwise.
      await promisify(execFile)(mvn, options, { cwd: download.path, env, timeout: MAVEN_MS_MAX, signal });
    } catch (error) {
      signal.throwIfAborted();
      const said = String((error as { stdout?: unknown }).stdout ?? '').trim(); // SAFE: only shown.
      throw new Error(`Maven could not download ${wanted}:\n${said}`, { cause: error });
    }
    const file = join(download.path, fileOf(artifact));
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    if (sha256 !== artifact.sha256) {
      throw new Error(`What Maven downloaded as ${wanted} is another file than expected (SHA-256 ${sha256}).`);
    }
    renameSync(file, join(libraryDir(dir), fileOf(artifact)));
  }
}

/** Where the guest of this version of Lambent is, made or not. */
export function guestDirectory(dir: string): string {
  const hash = createHash('sha256');
  for (const name of sources())
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(SOURCE_DIR, name)))
      .update('\0');
  for (const { sha256 } of ARTIFACTS) hash.update(sha256);
  hash.update(javaLibrary(process.arch) ?? '');
  return join(dir, 'java', `guest-${hash.digest('hex').slice(0, 16)}`);
}

export function isGuestReady(guestDir: string): boolean {
  return existsSync(join(guestDir, 'guest.jar'));
}

function sources(): string[] {
  return globSync('**/*.java', { cwd: SOURCE_DIR }).toSorted();
}

/** The oldest Java that AWS and we run. */
const RELEASE = 11;

/**
 * Compiles the guest, if it is not there yet: `guest.jar` with AWS's libraries beside it, the functions it warms up with, and
 * the library for what Java cannot do. Appears whole or not at all, also when several processes make it at once.
 */
export async function makeGuest(dir: string, compiler: Interpreter, signal: AbortSignal): Promise<void> {
  const guestDir = guestDirectory(dir);
  if (isGuestReady(guestDir)) return;
  const native = javaLibrary(process.arch);
  if (native === undefined) throw new Error(`Lambent does not run Java on ${process.arch} processors.`);
  using made = makingDirectory(dirname(guestDir));
  const jars = ARTIFACTS.map(fileOf);
  for (const jar of jars) copyFileSync(join(libraryDir(dir), jar), join(made.path, jar));
  const classPath = jars.map((jar) => join(made.path, jar)).join(delimiter);
  const tool = (name: string, args: readonly string[]) =>
    promisify(execFile)(join(compiler.prefix, 'bin', name), [...args], { env: {}, timeout: TOOL_MS_MAX, signal });
  const compile = (files: readonly string[], to: string) =>
    tool('javac', ['--release', String(RELEASE), '-proc:none', '-cp', classPath, '-d', join(made.path, to), ...files]);
  const isWarmUp = (name: string) => name.startsWith('warm-up/');
  const paths = (names: readonly string[]) => names.map((name) => join(SOURCE_DIR, name));
  await compile(paths(sources().filter((name) => !isWarmUp(name))), 'classes');
  await compile(paths(sources().filter(isWarmUp)), 'warm-up');
  const manifest = join(made.path, 'manifest');
  writeFileSync(manifest, `Class-Path: ${jars.join(' ')}\n`);
  await tool('jar', ['cfm', join(made.path, 'guest.jar'), manifest, '-C', join(made.path, 'classes'), '.']);
  rmSync(manifest);
  rmSync(join(made.path, 'classes'), { recursive: true });
  writeFileSync(join(made.path, 'libguest.so'), native, { mode: 0o755 });
  // Sandboxes run as users of their own, who must be able to read it; a temporary directory is its owner's.
  chmodSync(made.path, 0o755);
  moveInto(made.path, guestDir);
}

/**
 * Makes the archive of the guest's classes as this JDK has them in memory (class-data sharing), if it is not there yet: the
 * JVM starts three times as fast with it, and JVMs that wait share it. The JVM takes it only if the class path is the same
 * as in the sandbox; a relative one is, seen from a directory that looks like the sandbox's root.
 */
export async function makeArchive(guestDir: string, jdk: Interpreter, signal: AbortSignal): Promise<void> {
  const archive = join(guestDir, archiveName(jdk));
  if (existsSync(archive)) return;
  using root = makingDirectory(dirname(guestDir));
  const inside = join(root.path, RUNTIME_DIR);
  mkdirSync(dirname(inside), { recursive: true });
  symlinkSync(guestDir, inside);
  const list = join(root.path, 'classes.lst');
  const made = join(root.path, 'classes.jsa');
  const classPath = ['-cp', `${RUNTIME_DIR.slice(1)}/guest.jar`];
  // `user.dir` must be the root's, or the JVM looks for the relative class path elsewhere.
  const flags = javaFlags(majorOf(jdk)).filter((flag) => !flag.startsWith('-Duser.dir='));
  const java = (args: readonly string[]) => run(jdk.path, [...flags, ...args], root.path, signal);
  await java(['-Xshare:off', `-XX:DumpLoadedClassList=${list}`, ...classPath, JAVA_MAIN]);
  await java(['-Xshare:dump', `-XX:SharedClassListFile=${list}`, `-XX:SharedArchiveFile=${made}`, ...classPath]);
  renameSync(made, archive);
}

/** As the platform starts a guest: with descriptors 3 and 4. The guest finds the channel closed, after its warm-up. */
async function run(program: string, args: readonly string[], cwd: string, signal: AbortSignal): Promise<void> {
  const script = 'exec 3<>/dev/null 4>/dev/null; exec "$0" "$@"';
  await promisify(execFile)('/bin/sh', ['-c', script, program, ...args], {
    cwd,
    env: { LC_ALL: 'C.UTF-8' },
    timeout: TOOL_MS_MAX,
    signal,
  });
}

function moveInto(from: string, target: string): void {
  try {
    renameSync(from, target);
  } catch (error) {
    // Another process was faster; what it has put there is as good.
    if (!isGuestReady(target)) throw new Error(`cannot move ${from} to ${target}`, { cause: error });
  }
}
