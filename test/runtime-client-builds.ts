// Functions with the published runtime interface clients, unmodified: fetched with each language's own tool, and kept as
// zip files under the user's cache, so that only the first run of a machine takes its minutes.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pack } from '../examples/pack.ts';
import { checkout } from '../scripts/server-process.ts';

/** What a build may use: an empty directory that becomes the function's, and one that stays for the next build. */
interface Place {
  readonly output: string;
  readonly scratch: string;
}

export interface ClientBuild {
  readonly name: string;
  /** The client with its version, and all else that is not among the sources. */
  readonly key: string;
  readonly sources: string;
  /** Without one of these programs it is left out. */
  readonly tools: readonly string[];
  readonly build: (sources: string, place: Place) => Promise<void>;
}

/** The zip; or why there is none: a tool that is missing, or a registry that cannot be reached. Throws when a build fails. */
export async function builtZip(build: ClientBuild): Promise<{ zip: Buffer } | { leftOut: string }> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lambent-test/runtime-clients');
  const sources = join(checkout, build.sources);
  const hash = createHash('sha256').update(`${build.key} ${process.arch}`);
  for (const path of globSync('**/*', { cwd: sources }).sort()) {
    const file = join(sources, path);
    if (statSync(file).isFile()) hash.update(path).update(readFileSync(file));
  }
  const zipPath = join(cache, `${build.name}-${hash.digest('hex').slice(0, 16)}.zip`);
  if (existsSync(zipPath)) return { zip: readFileSync(zipPath) };
  for (const tool of build.tools) {
    if (!(await hasProgram(tool))) return { leftOut: `${build.name} is left out: there is no ${tool} here` };
  }
  const directory = await mkdtemp(join(tmpdir(), 'lambent-client-'));
  try {
    const place = { output: join(directory, 'output'), scratch: join(cache, 'scratch') };
    mkdirSync(place.output);
    mkdirSync(place.scratch, { recursive: true });
    await build.build(sources, place);
    const zip = await pack(place.output);
    // Other runs may build the same: whoever renames last has the same file.
    const temporary = join(cache, `.${process.pid}-${build.name}`);
    writeFileSync(temporary, zip);
    renameSync(temporary, zipPath);
    return { zip };
  } catch (error) {
    if (isUnreachable(error)) return { leftOut: `${build.name} is left out: its registry cannot be reached` };
    throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** How npm, pip, Go, Cargo and Maven say that there is no network, or that it broke down; and that a registry has no time or no such package. */
const UNREACHABLE = [
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ESOCKETTIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPROTO|ERR_SOCKET/,
  /Temporary failure in name resolution|no such host|Could not resolve host|Unknown host|Couldn't connect/i,
  /connection (?:refused|reset|aborted|was closed)|broken pipe|socket hang up|timed? ?out|TLS handshake|certificate verify failed/i,
  /No matching distribution|No module named pip|Could not transfer|Could not resolve dependencies|spurious network error/i,
  /failed to (?:download|fetch)|download of .* failed|unexpected EOF|IncompleteRead|network (?:error|is unreachable)/i,
  /\bE(?:40[134]|429|5\d\d)\b|\b(?:status(?: code)?:?|HTTP|HTTP error) (?:40[134]|429|5\d\d)\b|Bad Gateway|Service Unavailable|Too Many Requests/i,
];

export function isUnreachable(error: unknown): boolean {
  return UNREACHABLE.some((form) => form.test(String(error)));
}

export function hasProgram(name: string): Promise<boolean> {
  return run('/bin/sh', ['-c', 'command -v "$0"', name], tmpdir()).then(
    () => true,
    () => false,
  );
}

/** Throws with the end of what the program has said. */
export async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
  try {
    await promisify(execFile)(program, args, options);
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')}: ${(stdout + stderr).slice(-4_000)}`, { cause: error });
  }
}

function bootstrap(output: string, script: string): void {
  writeFileSync(join(output, 'bootstrap'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(output, 'bootstrap'), 0o755);
}

const buildGo: ClientBuild['build'] = async (sources, { output }) => {
  const args = ['build', '-tags', 'lambda.norpc', '-buildvcs=false', '-o', join(output, 'bootstrap'), '.'];
  await run('go', args, sources, { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' });
};

const buildRust: ClientBuild['build'] = async (sources, { output, scratch }) => {
  // One directory for all: what they have in common is compiled once. Unoptimised: the protocol is under test.
  const env = { CARGO_TARGET_DIR: join(scratch, 'rust'), CARGO_PROFILE_DEV_DEBUG: '0' };
  await run('cargo', ['build', '--locked'], sources, env);
  cpSync(join(scratch, 'rust/debug/bootstrap'), join(output, 'bootstrap'));
};

const buildJava: ClientBuild['build'] = async (sources, { output, scratch }) => {
  // Maven writes beside the pom.
  const project = join(scratch, 'java');
  cpSync(sources, project, { recursive: true });
  const lib = join(output, 'lib');
  await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${lib}`], project);
  await run('javac', ['-cp', `${lib}/*`, '-d', output, 'Handler.java'], project);
  // A sandbox sees no configuration of the host, which a system's own Java keeps outside of /usr: it brings its own.
  const modules = 'java.base,java.logging,java.management,java.naming,java.xml,jdk.unsupported';
  const small = ['--strip-debug', '--no-header-files', '--no-man-pages'];
  await run('jlink', ['--add-modules', modules, ...small, '--output', join(output, 'java')], project);
  const client = 'com.amazonaws.services.lambda.runtime.api.client.AWSLambda';
  const path = '"$LAMBDA_TASK_ROOT:$LAMBDA_TASK_ROOT/lib/*"';
  const flags = '-XX:TieredStopAtLevel=1 -Xshare:auto';
  bootstrap(output, `exec "$LAMBDA_TASK_ROOT/java/bin/java" ${flags} -cp ${path} ${client} "$_HANDLER"`);
};

const NODE_CLIENT = 'aws-lambda-ric@4.0.2';
const buildNode: ClientBuild['build'] = async (sources, { output }) => {
  cpSync(sources, output, { recursive: true });
  writeFileSync(join(output, 'package.json'), '{"private":true,"type":"module"}');
  // Its install script builds its own libcurl, and an addon against the headers of the Node that will run it.
  const home = dirname(dirname(process.execPath));
  const headers = existsSync(join(home, 'include/node')) ? { npm_config_nodedir: home } : {};
  const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, ...headers };
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts=false', '--foreground-scripts'];
  await run('npm', [...args, NODE_CLIENT], output, env);
  for (const unused of ['deps', 'src']) {
    await rm(join(output, 'node_modules/aws-lambda-ric', unused), { recursive: true, force: true });
  }
  cpSync(process.execPath, join(output, 'node'));
  bootstrap(
    output,
    'exec "$LAMBDA_TASK_ROOT/node" "$LAMBDA_TASK_ROOT/node_modules/aws-lambda-ric/index.mjs" "$_HANDLER"',
  );
};

const PYTHON_CLIENT = 'awslambdaric==4.2.2';
const buildPython: ClientBuild['build'] = async (sources, { output }) => {
  cpSync(sources, output, { recursive: true });
  // A sandbox has the system's own Python, whichever comes first in the path here.
  const args = ['-m', 'pip', 'install', '--quiet', '--only-binary=:all:', '--disable-pip-version-check'];
  const version = await promisify(execFile)('/usr/bin/python3', [
    '-c',
    'import sys; print("%d.%d" % sys.version_info[:2])',
  ]);
  const platform = `manylinux2014_${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;
  const target = ['--target', output, '--python-version', version.stdout.trim(), '--platform', platform];
  await run('python3', [...args, ...target, PYTHON_CLIENT], output);
  bootstrap(output, 'exec /usr/bin/python3 -m awslambdaric "$_HANDLER"');
};

const built = (name: string, key: string, sources: string, tools: readonly string[], build: ClientBuild['build']) => ({
  ...{ name, key, sources, tools, build },
});

export const CLIENT_BUILDS = {
  go: built('aws-lambda-go', '1', 'test/runtime-clients/go', ['go'], buildGo),
  rust: built('lambda_runtime', '1', 'test/runtime-clients/rust', ['cargo', 'cc'], buildRust),
  java: built(
    'aws-lambda-java-runtime-interface-client',
    '1',
    'test/runtime-clients/java',
    ['mvn', 'javac', 'jlink'],
    buildJava,
  ),
  node: built(
    'aws-lambda-ric',
    `${NODE_CLIENT} ${process.version}`,
    'test/runtime-clients/node',
    ['npm', 'cmake', 'make', 'g++', 'python3', 'xz'],
    buildNode,
  ),
  python: built(
    'awslambdaric',
    PYTHON_CLIENT,
    'test/runtime-clients/python',
    ['python3', '/usr/bin/python3'],
    buildPython,
  ),
  exampleGo: built('hello-go', '1', 'examples/hello-go', ['go'], buildGo),
  exampleRust: built('hello-rust', '1', 'examples/hello-rust', ['cargo', 'cc'], buildRust),
} satisfies Record<string, ClientBuild>;
