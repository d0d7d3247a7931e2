import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxPaths } from '../sandbox/sandbox.ts';
import type { Interpreter } from './finder.ts';
import { archiveName } from './java-archive.ts';
import { majorOf } from './java-jdks.ts';
import { everyProgramReadsAtStart } from './read-at-start.ts';
import type { Runtime, RuntimeLaunch } from './runtime.ts';
import { AWS_PATHS, commonVariables, LANG_DIR, RUNTIME_DIR, searchPaths } from './variables.ts';

const JAVA = `${LANG_DIR}/bin/java`;
export const JAVA_MAIN = 'lambent.guest.Main';

/** `name` runs on this JDK. `guestDir` is what `prepareGuest` has made. */
export function javaRuntime(name: string, jdk: Interpreter, guestDir: string): Runtime {
  const variables = (paths: SandboxPaths): Record<string, string> => ({
    ...commonVariables(paths),
    ...searchPaths(paths, JAVA),
    AWS_EXECUTION_ENV: `AWS_Lambda_${name}`,
    // The number is ours; AWS has 62.
    ...(name === 'java11' ? {} : { _LAMBDA_TELEMETRY_LOG_FD: '4' }),
  });
  const archive = archiveName(jdk);
  return {
    name,
    family: 'java',
    channel: 'frames',
    version: jdk.version,
    launchDependsOnMemory: true,
    launch: (memoryMb): RuntimeLaunch => ({
      command: [
        JAVA,
        ...memoryFlags(memoryMb),
        ...javaFlags(majorOf(jdk)),
        ...(existsSync(join(guestDir, archive)) ? [`-XX:SharedArchiveFile=${RUNTIME_DIR}/${archive}`] : []),
        ...['-cp', `${RUNTIME_DIR}/guest.jar`, JAVA_MAIN],
      ],
      // Java takes the encoding of file names from the locale, and a host may not have AWS's. The guest takes it away again.
      env: { ...variables(AWS_PATHS), LC_ALL: 'C.UTF-8' },
      mounts: [
        { source: jdk.prefix, target: LANG_DIR },
        { source: guestDir, target: RUNTIME_DIR },
      ],
    }),
    readsAtStart: (variable) => READ_AT_START.test(variable) || everyProgramReadsAtStart(variable),
    variables,
  };
}

/** CLASSPATH is missing on purpose: the guest is started with a class path of its own, which wins, as on AWS. */
const READ_AT_START = /^(JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|_JAVA_.+)$/;

/** What a JVM needs beside its heap: its own code and data, classes, compiled methods, stacks. Measured: 45 to 55 MB. */
const BESIDE_HEAP_MB = 56;

/**
 * The heap's limit cannot be changed after the start, and a JVM goes by the machine's memory. AWS gives it 85 %; of a small
 * function's memory that leaves too little for the JVM itself, which would be killed before it collects its garbage.
 */
export function memoryFlags(memoryMb: number): string[] {
  return [`-Xmx${Math.floor(Math.min(memoryMb * 0.85, memoryMb - BESIDE_HEAP_MB))}m`];
}

/** What the guest reaches into to become the function's (guest/java, OwnProcess). */
const OPENED = ['java.lang', 'java.io', 'java.nio', 'sun.nio.fs'];

/** Those of AWS's (a serial collector, the quick compiler only, IPv4), and what the guest needs. */
export function javaFlags(major: number): string[] {
  return [
    ...['-XX:+UseSerialGC', '-XX:+TieredCompilation', '-XX:TieredStopAtLevel=1'],
    // Its statistics would be a file in the function's /tmp.
    '-XX:-UsePerfData',
    // An archive of classes that does not fit is no news for a function's log.
    ...['-Xlog:disable', '-Xlog:all=error'],
    // Java 11 and 17 take it from the locale.
    '-Dfile.encoding=UTF-8',
    '-Djava.net.preferIPv4Stack=true',
    `-Duser.dir=${AWS_PATHS.task}`,
    '-Dorg.crac.Core.Compat=com.amazonaws.services.lambda.crac',
    ...OPENED.flatMap((name) => ['--add-opens', `java.base/${name}=ALL-UNNAMED`]),
    ...(major >= 17 ? ['--enable-native-access=ALL-UNNAMED'] : []),
  ];
}
