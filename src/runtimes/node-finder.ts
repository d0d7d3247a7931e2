import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { NODE_MAJORS, nodePackage } from './catalog.ts';
import { type FinderOptions, foundRuntimes, type RuntimeFinder } from './finder.ts';
import { inspectProgram } from './named-program.ts';
import { installedNode, installNode } from './node-install.ts';
import { nodeRuntime } from './node-runtime.ts';

/** Node comes from the npm registry: the one that Lambent itself runs on, and those in our runtimes directory. */
export function nodeFinder({ dir, host, clock }: FinderOptions & { clock: Clock }): RuntimeFinder {
  const npmPackage = nodePackage(process.platform, process.arch);
  const majors = new Map(NODE_MAJORS.map((major) => [`nodejs${major}.x`, major]));
  const ready = foundRuntimes((name) =>
    npmPackage === undefined
      ? { kind: 'unsupported', name }
      : { kind: 'missing', name, command: `lambent runtime add ${name}` },
  );

  const majorOf = (name: string): number => {
    const major = majors.get(name);
    if (major === undefined) throw new Error(`not a Node runtime: ${name}`);
    return major;
  };
  const lookFor = (name: string): void => {
    const major = majorOf(name);
    for (const directory of [npmPackage && pinnedDirectory(npmPackage), join(dir, name)]) {
      const node = directory === undefined ? undefined : installedNode(directory);
      if (node === undefined || !node.version.startsWith(`${major}.`)) continue;
      const runtime = nodeRuntime({ major, version: node.version, source: node.directory });
      ready.set(name, { runtime, path: join(node.directory, 'bin/node') });
      return;
    }
  };
  const status: RuntimeFinder['status'] = (name) => {
    // Another process (`lambent runtime add`) may have installed it since.
    if (!ready.has(name)) lookFor(name);
    return ready.status(name);
  };

  return {
    names: [...majors.keys()],
    look: async () => {
      for (const name of majors.keys()) lookFor(name);
    },
    status,
    get: ready.get,
    add: async (name, progress, signal) => {
      if (status(name).kind === 'ready') return;
      if (npmPackage === undefined) {
        throw new Error(`The npm registry has no package with Node for ${process.platform} on ${process.arch}.`);
      }
      const major = majorOf(name);
      await installNode({ npmPackage, major, target: join(dir, name), progress, clock, env: host.env, signal });
    },
    named: {
      inspect: (_name, path, signal) =>
        inspectProgram(path, ['-p', 'JSON.stringify({ version: process.versions.node, prefix: "/usr" })'], signal),
      runtime: (name, { version, path }) => nodeRuntime({ major: majorOf(name), version, source: path }),
    },
  };
}

/** The Node that Lambent itself runs on comes as one of its dependencies; `undefined` where npm has left it out. */
function pinnedDirectory(npmPackage: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${npmPackage}/package.json`));
  } catch {
    return undefined; // An optional dependency: not installed on a machine it is not for.
  }
}
