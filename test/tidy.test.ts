// The rules of this repository, as data. Each says why; a rule that matches no file is asleep, and fails.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, matchesGlob, normalize, resolve } from 'node:path';
import { test } from 'node:test';

const checkout = resolve(import.meta.dirname, '..');
const CODE = '{src,test,bench,scripts,examples}/**/*.ts';

/**
 * Which room may import from which, beside `lib`, which everybody may. What stands in a room's `aws/` folder, and
 * tests, may know the wire too. A port's types are how one room speaks of what another will hand it.
 */
const ROOMS: Record<string, readonly string[]> = {
  lib: [],
  store: [],
  sandbox: [],
  wire: [],
  runtimes: [],
  patterns: [],
  identity: ['store'],
  functions: ['store', 'identity'],
  environments: ['sandbox', 'runtimes'],
  schedules: ['store'],
  delivery: ['store', 'identity'],
  invoke: ['functions', 'environments', 'store', 'delivery'],
  sources: ['functions', 'store', 'delivery', 'invoke', 'patterns'],
  services: ['store', 'identity', 'delivery', 'patterns', 'schedules'],
};
/** The composition root and the commands: they know everybody, and nobody knows them. */
const COMPOSERS = ['server', 'cli'];

const ROOM_EXCEPTIONS: readonly { from: string; to: string; because: string }[] = [
  { from: 'src/*/aws/**', to: 'src/wire/**', because: 'aws/ folders translate between our words and the wire' },
  {
    from: 'src/services/*/aws/**',
    to: 'src/wire/**',
    because: 'aws/ folders translate between our words and the wire',
  },
  { from: 'src/services/logs/**', to: 'src/environments/logs/log-sink.ts', because: 'the port that our logs serve' },
  {
    from: 'src/services/cloudwatch/embedded-metrics.ts',
    to: 'src/environments/logs/log-sink.ts',
    because: 'metrics in log lines are read where the lines pass by',
  },
  {
    from: 'src/identity/*',
    to: 'src/wire/**',
    because: 'it serves the port through which the wire authenticates requests',
  },
  { from: 'src/runtimes/**', to: 'src/sandbox/sandbox.ts', because: 'a launch is described in the words of the port' },
];

const BANNED: readonly {
  files: string;
  except?: readonly string[];
  ban: RegExp;
  because: string;
}[] = [
  {
    files: 'src/**/*.ts',
    except: ['src/lib/**', 'src/**/*.test.ts', 'src/**/testing/**'],
    ban: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/,
    because: 'take a Clock (src/lib/clock.ts), so that tests own the time',
  },
  {
    files: 'src/**/*.ts',
    except: ['src/cli/**', 'src/sandbox/**', 'src/**/*.test.ts', 'src/**/testing/**'],
    ban: /\bawait import\(/,
    because:
      'a request that requires shared code while it is imported fails (ERR_REQUIRE_ESM_RACE_CONDITION): require it',
  },
  {
    files: 'src/**/*.ts',
    except: ['src/lib/**', 'src/**/*.test.ts', 'src/**/testing/**'],
    ban: /\bMath\.random\(/,
    because: 'take random numbers as an argument, so that tests own them',
  },
  {
    files: `${CODE.replace('**/*.ts', '**/*.test.ts')}`,
    ban: /\b(?:test|it|describe)\.(?:skip|todo|only)\(|\{ *(?:skip|todo|only) *:/,
    because: 'a test that does not run shows nothing; assert what is wrong, with the reason',
  },
  {
    files: `${CODE.replace('**/*.ts', '**/*.test.ts')}`,
    ban: /[,{]\s*timeout: [\d_]+,?\s*\}, (?:async )?\(/,
    because: 'a limit of its own fails on a slow machine; that of all tests (scripts/test) ends what hangs',
  },
  {
    files: '**/*',
    except: ['LICENSE'],
    ban: /\/wor[k]\/|\/far[m]\/|\/root\/\./,
    because: 'paths of one machine mean nothing on another',
  },
  {
    files: '**/*',
    ban: /https?:\/\/[a-z0-9.-]*(?:registr[y]|mirro[r]|prox[y])[a-z0-9.-]*/,
    because: 'which registry is used is the business of who installs',
  },
  {
    files: 'package-lock.json',
    ban: /"resolved"/,
    because: 'addresses bind everybody to one registry; .npmrc has omit-lockfile-registry-resolved',
  },
  {
    files: 'src/**/*.ts',
    except: ['src/**/*.test.ts', 'src/**/testing/**'],
    ban: /\bconsole\.(?:log|error|warn|info)\(/,
    because: 'standard output holds what a command promises; everything else goes to the log (src/lib/log.ts)',
  },
  {
    files: 'src/**/*.ts',
    ban: /^import (?!type\b)[^;]*'@aws-sdk\//m,
    because:
      "the clients' ES builds do not resolve under Node, and loading one costs the server's start; require it late",
  },
  {
    files: 'src/**/*.ts',
    except: ['src/store/**', 'src/**/*.test.ts'],
    ban: /^import (?!type\b)[^;]*'node:sqlite'/m,
    because: 'SqliteFile (src/store/sqlite) opens, names, upgrades and commits in one way for every store',
  },
  {
    files: 'src/**/*.ts',
    except: ['src/lib/http.ts', 'src/**/*.test.ts', 'src/**/testing/**', 'src/wire/test-server.ts'],
    ban: /^import (?!type\b)[^;]*'node:https?'/m,
    because: 'an import of node:http loads all of fetch, 15 MB; take it from src/lib/http.ts',
  },
];

/** File names that are not ours to choose. */
const NAME_EXCEPTIONS: readonly { files: string; because: string }[] = [
  { files: '**/{README,ARCHITECTURE,CHANGELOG,DEPENDENCIES}.md', because: 'the names people look for' },
  { files: 'LICENSE', because: 'the name people look for' },
  { files: '**/*.java', because: 'a Java file has the name of its class' },
  { files: '**/Cargo.{toml,lock}', because: 'the names that Cargo looks for' },
  { files: '**/*.py', because: 'a Python module cannot have a hyphen in its name' },
];

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: checkout,
  encoding: 'utf8',
})
  .split('\n')
  // A file that was just deleted is still in git's index.
  .filter((path) => path !== '' && existsSync(join(checkout, path)));

const contents = new Map<string, string>();

function read(path: string): string {
  let text = contents.get(path);
  if (text === undefined) {
    text = readFileSync(join(checkout, path), 'utf8');
    contents.set(path, text);
  }
  return text;
}

function matching(pattern: string, except: readonly string[] = []): string[] {
  const found = files.filter((path) => matchesGlob(path, pattern));
  assert.ok(found.length > 0, `${pattern} matches nothing: the rule is asleep`);
  return found.filter((path) => !except.some((one) => matchesGlob(path, one)));
}

for (const { files: pattern, except, ban, because } of BANNED) {
  test(`${pattern}: ${because}`, () => {
    const found = matching(pattern, except).flatMap((path) => {
      const at = read(path).search(ban);
      return at < 0 ? [] : [`${path}:${lineOf(read(path), at)}`];
    });
    assert.deepEqual(found, [], because);
  });
}

test('rooms know only whom they may', () => {
  const found: string[] = [];
  const used = new Set<string>();
  for (const path of matching('src/**/*.ts')) {
    const room = path.split('/')[1] ?? '';
    if (COMPOSERS.includes(room) || path.endsWith('.test.ts')) continue;
    const allowed = ROOMS[room];
    assert.ok(allowed, `${path}: DESIGN has no room "${room}"; add it to ROOMS`);
    for (const target of importsOf(path)) {
      const other = target.split('/')[1] ?? '';
      if (!target.startsWith('src/') || other === 'lib' || allowed.includes(other)) continue;
      if (other === room && room !== 'services') continue;
      // A service is a room of its own.
      if (other === room && target.split('/')[2] === path.split('/')[2]) continue;
      const exception = ROOM_EXCEPTIONS.find(({ from, to }) => matchesGlob(path, from) && matchesGlob(target, to));
      if (exception !== undefined) used.add(exception.from + exception.to);
      else found.push(`${path} imports ${target}`);
    }
  }
  assert.deepEqual(found, []);
  const asleep = ROOM_EXCEPTIONS.filter(({ from, to }) => !used.has(from + to));
  assert.deepEqual(asleep, [], 'an exception that nobody needs');
  for (const room of Object.keys(ROOMS)) matching(`src/${room}/**`);
});

test('an error that is dropped has a sentence that proves it harmless', () => {
  // An empty block, or a callback that answers nothing, without a comment inside it, in the line above or beside it.
  const dropped = /catch\s*(?:\([^)]*\))?\s*\{\s*\}|\.catch\(\s*\(\w*\)\s*=>\s*(?:\{\s*\}|undefined|null)\s*,?\s*\)/g;
  const found = matching(`{src,test,bench,scripts,examples,guest}/**/*.{ts,js,cjs,mjs}`).flatMap((path) => {
    const text = read(path);
    const lines = text.split('\n');
    return [...text.matchAll(dropped)].flatMap((match) => {
      const line = lineOf(text, match.index);
      const beside = [lines[line - 2] ?? '', lines[line - 1] ?? ''];
      return beside.some((one) => /\/\/|\*\//.test(one)) ? [] : [`${path}:${line}`];
    });
  });
  assert.deepEqual(found, []);
});

test('files are named in kebab-case', () => {
  const kebab = /^\.?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)*$/;
  for (const { files: pattern } of NAME_EXCEPTIONS) matching(pattern);
  const found = files
    .filter((path) => !NAME_EXCEPTIONS.some(({ files: pattern }) => matchesGlob(path, pattern)))
    .filter((path) => !kebab.test(basename(path)));
  assert.deepEqual(found, []);
});

test('every dependency has a row in DEPENDENCIES.md, and every row a dependency', () => {
  const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(read('package.json'));
  const installed = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}),
  );
  const section = /## From npm\n([\s\S]*?)(?=\n## |$)/.exec(read('DEPENDENCIES.md'))?.[1] ?? '';
  // The first cell of a row names one or several packages, in backquotes.
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));
  assert.ok(rows.length > 0, 'the rule is asleep');
  assert.deepEqual(
    {
      'without a row': installed.filter((name) => !rows.includes(name)),
      'rows without a dependency': rows.filter((name) => !installed.includes(name)),
    },
    { 'without a row': [], 'rows without a dependency': [] },
  );
});

test('what the server imports from npm stands in dependencies, not in devDependencies', () => {
  const manifest: { dependencies: Record<string, string> } = JSON.parse(read('package.json'));
  const tests = ['**/*.test.ts', '**/testing/**', '**/*-contract.ts'];
  const found = matching('src/**/*.ts', tests).flatMap((path) =>
    [...read(path).matchAll(/(?:from|import|require\w*\()\s*'([^'.:$][^':$]*)'/g)]
      .map((match) => match[1] ?? '')
      .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
      .filter((name) => !(name in manifest.dependencies))
      .map((name) => `${path} imports ${name}`),
  );
  assert.deepEqual(found, []);
});

test('links in documents lead to files', () => {
  const found = matching('**/*.md').flatMap((path) =>
    [...read(path).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1] ?? '')
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => !existsSync(join(checkout, dirname(path), link)))
      .map((link) => `${path}: ${link}`),
  );
  assert.deepEqual(found, []);
});

/** Files of ours that this file imports, as paths from the checkout. */
function importsOf(path: string): string[] {
  return [...read(path).matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map((match) =>
    normalize(join(dirname(path), match[1] ?? '')),
  );
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}
