import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { RUBY_VERSIONS } from './catalog.ts';
import type { FinderOptions, Host, Interpreter, RuntimeFinder } from './finder.ts';
import { hostFinder } from './host-finder.ts';
import { hasProgram } from './host-programs.ts';
import { findInterpreters, managedBins, newest } from './interpreter-search.ts';
import { inspectProgram } from './named-program.ts';
import { rubyRuntime } from './ruby-runtime.ts';

/** The system's own Ruby, or one that rbenv, asdf, mise or a person has put there. */
export function rubyFinder({ dir, host, log }: FinderOptions): RuntimeFinder {
  return hostFinder({
    versions: new Map(RUBY_VERSIONS.map((version) => [`ruby${version}`, version])),
    search: async () => {
      const found = await findInterpreters({
        paths: places(host).flatMap((directory) => programs(directory)),
        cacheFile: join(dir, 'ruby-interpreters.json'),
        log,
        // The system's Ruby is a small program beside a large library; version managers' scripts are smaller still.
        bytesMin: 4096,
        probe: (path) => inspectRuby(path, host.home),
      });
      return newest(found);
    },
    command: (_name, version) => command(version, host),
    advice: (name, version) => {
      const manager = command(version, host);
      const install = manager.startsWith('lambent ')
        ? `Install it with your system's package manager or with rbenv (https://github.com/rbenv/rbenv)`
        : `Type: ${manager}`;
      return `Ruby ${version} is not on this machine. ${install}, and restart Lambent, which finds it by itself. To run ${name} on a Ruby of another version, type: lambent runtime add ${name} --path FILE`;
    },
    named: {
      inspect: (_name, path, signal) => inspectRuby(path, host.home, signal),
      runtime: rubyRuntime,
    },
  });
}

/** The oldest Ruby that the guest runs on. */
const MINOR_MIN = [3, 1] as const;
const PROBE = `
require "json"; require "openssl"; require "rbconfig"
puts JSON.generate({ version: RUBY_VERSION, prefix: RbConfig::CONFIG["prefix"], final: RUBY_PATCHLEVEL >= 0 })
`;

/** Asks an interpreter about itself. Throws when it does not run, or is not one that functions should have. */
async function inspectRuby(path: string, home: string, signal?: AbortSignal): Promise<Interpreter> {
  const ruby = await inspectProgram(path, ['--disable-gems', '-e', PROBE], signal);
  const { version, prefix } = ruby;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < MINOR_MIN[0] || (major === MINOR_MIN[0] && minor < MINOR_MIN[1])) {
    throw new Error(`${path} is Ruby ${version}; Lambent needs ${MINOR_MIN.join('.')} or newer.`);
  }
  // The whole prefix is shown to functions: it must be an interpreter's own tree, and nobody's home.
  if (prefix === '/' || home === prefix || home.startsWith(`${prefix}/`)) {
    throw new Error(`${path} is part of ${prefix}, which is no interpreter's own directory.`);
  }
  return ruby;
}

function places({ env, home }: Host): string[] {
  return [
    ...(env.PATH ?? '').split(delimiter),
    '/usr/local/bin',
    '/usr/bin',
    ...managedBins('/opt'),
    ...managedBins(join(env.RBENV_ROOT ?? join(home, '.rbenv'), 'versions')),
    ...managedBins(join(env.ASDF_DATA_DIR ?? join(home, '.asdf'), 'installs/ruby')),
    ...managedBins(join(env.MISE_DATA_DIR ?? join(home, '.local/share/mise'), 'installs/ruby')),
  ];
}

/** `ruby`, `ruby3.3` and what else is named so. */
function programs(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => /^ruby(\d\.?\d)?$/.test(name))
      .map((name) => join(directory, name));
  } catch {
    return []; // No such directory, or not ours to read.
  }
}

/** What to type for a missing Ruby, as far as it can be told without running anything. */
function command(version: string, host: Host): string {
  const rbenv = join(host.env.RBENV_ROOT ?? join(host.home, '.rbenv'), 'bin');
  if (hasProgram('rbenv', host, rbenv)) return `rbenv install ${version}`;
  if (hasProgram('brew', host)) return `brew install ruby@${version}`;
  return `lambent runtime add ruby${version}`;
}
