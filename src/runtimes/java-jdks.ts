import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Host, Interpreter } from './finder.ts';

/** The host's JDKs, the newest of each major version: of JAVA_HOME, on PATH, and where packages and version managers put them. */
export function findJdks(host: Host): Map<number, Interpreter> {
  const best = new Map<number, Interpreter>();
  for (const directory of candidates(host)) {
    const jdk = jdkAt(directory);
    if (jdk === undefined) continue;
    const known = best.get(majorOf(jdk));
    if (known === undefined || isNewer(jdk.version, known.version)) best.set(majorOf(jdk), jdk);
  }
  return best;
}

/** The JDK, or the Java without its tools, in a directory; nothing is run. `undefined`: none, or one before its release. */
export function jdkAt(directory: string): Interpreter | undefined {
  try {
    const prefix = realpathSync(directory);
    const path = join(prefix, 'bin/java');
    const version = /^JAVA_VERSION="(\d+(?:\.\d+)*)"$/m.exec(readFileSync(join(prefix, 'release'), 'utf8'))?.[1];
    return version !== undefined && statSync(path).isFile() ? { path, version, prefix } : undefined;
  } catch {
    return undefined; // No JDK here, which is the usual case.
  }
}

export function majorOf({ version }: Interpreter): number {
  return Number(version.split('.')[0]);
}

/** Whether it can compile, and pack what it has compiled. */
export function hasCompiler({ prefix }: Interpreter): boolean {
  return ['javac', 'jar'].every((tool) => statSync(join(prefix, 'bin', tool), { throwIfNoEntry: false })?.isFile());
}

function candidates({ env, home }: Host): string[] {
  const onPath = (env.PATH ?? '').split(delimiter).flatMap((directory) => {
    try {
      return [dirname(dirname(realpathSync(join(directory, 'java'))))];
    } catch {
      return []; // None here.
    }
  });
  return [
    ...(env.JAVA_HOME ? [env.JAVA_HOME] : []),
    ...onPath,
    ...['/usr/lib/jvm', '/usr/java', '/opt', '/opt/java'].flatMap(below),
    ...below(join(env.SDKMAN_DIR ?? join(home, '.sdkman'), 'candidates/java')),
    ...below(join(home, '.local/share/mise/installs/java')),
    ...below('/Library/Java/JavaVirtualMachines').map((directory) => join(directory, 'Contents/Home')),
  ];
}

function below(directory: string): string[] {
  try {
    return readdirSync(directory).map((name) => join(directory, name));
  } catch {
    return []; // Not in use on this machine.
  }
}

function isNewer(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) > 0;
}
