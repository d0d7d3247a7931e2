import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { nodePackage } from './catalog.ts';
import { memoryFlags } from './node-runtime.ts';
import { defaultRuntimesDir, openRuntimes } from './open-runtimes.ts';
import { hostPaths, taskDirectory } from './testing/guest-process.ts';

const log = pino({ level: 'silent' });
const noProgress = () => {};
const limit = () => AbortSignal.timeout(300_000);

/** What is in a runtimes directory but for what is remembered of the host's interpreters. */
const entries = (dir: string) => readdirSync(dir).filter((name) => !name.endsWith('-interpreters.json'));

/** A machine that has nothing but what is in `path`. */
function bare(dir: string, path = '') {
  return openRuntimes({ dir, log, env: { PATH: path, HOME: dir, PYENV_ROOT: dir }, home: dir });
}

test('every runtime that AWS lists is listed, once', async () => {
  using dir = taskDirectory({});
  const runtimes = await bare(dir.path);
  const names = runtimes.list().map(({ name }) => name);
  // lambda-facts 3.5, recorded.
  const recorded = `nodejs20.x python3.14 provided.al2023 python3.12 python3.13 nodejs24.x nodejs22.x java25 python3.10
    python3.11 java21 ruby3.3 ruby3.4 ruby3.2 python3.8 python3.9 java17 nodejs16.x dotnet10 dotnet8 java11 dotnet6
    nodejs18.x provided.al2 java8.al2`.split(/\s+/);
  assert.deepEqual(
    recorded.filter((name) => !names.includes(name)),
    [],
  );
  assert.equal(new Set(names).size, names.length);
});

test('the Node that Lambent comes with and custom runtimes are ready on a bare machine', async () => {
  using dir = taskDirectory({});
  const runtimes = await bare(dir.path);
  for (const name of ['nodejs24.x', 'provided.al2023', 'provided.al2']) {
    assert.equal(runtimes.status(name)?.kind, 'ready', name);
    assert.equal(runtimes.get(name).name, name);
  }
  assert.match(runtimes.get('nodejs24.x').version, /^24\.\d+\.\d+$/);
});

test('what is missing names the command that gets it, and what AWS does not have is unknown', async () => {
  using dir = taskDirectory({});
  const runtimes = await bare(dir.path);
  assert.deepEqual(runtimes.status('nodejs22.x'), {
    kind: 'missing',
    name: 'nodejs22.x',
    command: 'lambent runtime add nodejs22.x',
  });
  assert.deepEqual(runtimes.status('python3.14'), {
    kind: 'missing',
    name: 'python3.14',
    command: 'lambent runtime add python3.14',
  });
  assert.deepEqual(runtimes.status('java21'), {
    kind: 'missing',
    name: 'java21',
    command: 'lambent runtime add java21',
  });
  assert.deepEqual(runtimes.status('java8.al2'), { kind: 'unsupported', name: 'java8.al2' });
  assert.equal(runtimes.status('python2.7'), undefined);
  assert.throws(() => runtimes.get('nodejs22.x'), /nodejs22\.x is not ready/);

  mkdirSync(join(dir.path, 'bin'));
  writeFileSync(join(dir.path, 'bin/pyenv'), '');
  const withPyenv = await bare(dir.path);
  assert.deepEqual(withPyenv.status('python3.14'), {
    kind: 'missing',
    name: 'python3.14',
    command: 'pyenv install 3.14',
  });
});

test('adding what cannot be installed says what to do instead', async () => {
  using dir = taskDirectory({});
  const runtimes = await bare(dir.path);
  const add = (name: string) => runtimes.add(name, noProgress, limit());
  await assert.rejects(add('nodejs22.x'), /needs npm, and there is none on PATH\. Install Node\.js with npm/);
  await assert.rejects(add('python3.14'), /Python 3\.14 is not on this machine.*Type: |type: pyenv install 3\.14/);
  await assert.rejects(add('ruby4.0'), /Ruby 4\.0 is not on this machine\. .* runtime add ruby4\.0 --path FILE/);
  await assert.rejects(add('nodejs16.x'), /Lambent does not run nodejs16\.x yet/);
  await assert.rejects(add('perl5'), /There is no runtime perl5\. Type "lambent runtime list"/);
  assert.equal((await add('nodejs24.x')).kind, 'ready');
});

test('the system’s package manager is named when it has the Python', async () => {
  using dir = taskDirectory({
    'bin/apt-cache':
      '#!/bin/sh\necho "$2:"; [ "$2" = python3.14 ] && echo "  Candidate: 3.14.0-1" || echo "  Candidate: (none)"\n',
  });
  chmodSync(join(dir.path, 'bin/apt-cache'), 0o755);
  const runtimes = await bare(dir.path, join(dir.path, 'bin'));
  const add = (name: string) => runtimes.add(name, noProgress, limit());
  await assert.rejects(add('python3.14'), /Type: apt-get install python3\.14\./);
  // python3.8: as old as AWS has them, and so the one that a machine with one Python is least likely to have.
  if (runtimes.status('python3.8')?.kind === 'missing') await assert.rejects(add('python3.8'), /pyenv install 3\.8/);
});

/** Stands in for npm (the guests' tests install with the real one): "downloads" a Node that only knows its version. */
const FAKE_NPM = `#!/bin/sh
for wanted; do :; done
package=node_modules/\${wanted%@*}
mkdir -p $package/bin
echo '{"version":"v22.1.2"}' > $package/package.json
printf '#!/bin/sh\\necho v%s.1.2' "\${FAKE_MAJOR:-22}" > $package/bin/node
sleep 0.2
chmod +x $package/bin/node
`;

test('two that add the same Node at once both have it, and nothing else is left', async () => {
  using dir = taskDirectory({ 'bin/npm': FAKE_NPM, 'runtimes/.download-4194999-x/of-a-dead': 'process' });
  chmodSync(join(dir.path, 'bin/npm'), 0o755);
  const target = join(dir.path, 'runtimes');
  const open = () => bare(target, `${dir.path}/bin:/usr/bin:/bin`);
  const [one, other, watching] = [await open(), await open(), await open()];
  assert.equal(watching.status('nodejs22.x')?.kind, 'missing');
  const lines: string[] = [];
  const added = await Promise.all([
    one.add('nodejs22.x', (line) => lines.push(line), limit()),
    other.add('nodejs22.x', noProgress, limit()),
  ]);
  const path = join(target, 'nodejs22.x/bin/node');
  const ready = { kind: 'ready', name: 'nodejs22.x', version: '22.1.2', path };
  assert.deepEqual(added, [ready, ready]);
  assert.deepEqual(lines, [
    `Downloading Node 22 (package ${nodePackage(process.platform, process.arch)}, about 45 MB).`,
    `Node 22.1.2 is installed in ${join(target, 'nodejs22.x')}.`,
  ]);
  assert.deepEqual(watching.status('nodejs22.x'), ready, 'a server that has been running all the while has it too');
  assert.equal(watching.get('nodejs22.x').launch(128).mounts[0]?.source, join(target, 'nodejs22.x'));
  assert.deepEqual(entries(target), ['nodejs22.x']);
});

test('a package that holds another Node than its name says is not installed', async () => {
  using dir = taskDirectory({ 'bin/npm': FAKE_NPM.replace('FAKE_MAJOR:-22', 'FAKE_MAJOR:-21') });
  chmodSync(join(dir.path, 'bin/npm'), 0o755);
  const target = join(dir.path, 'runtimes');
  const runtimes = await bare(target, `${dir.path}/bin:/usr/bin:/bin`);
  await assert.rejects(
    runtimes.add('nodejs22.x', noProgress, limit()),
    /holds Node 21\.1\.2 where Node 22 was expected/,
  );
  assert.deepEqual(entries(target), []);
});

test('a download that is broken off or fails leaves nothing behind', async () => {
  using dir = taskDirectory({
    'bin/npm': '#!/bin/sh\necho "npm error: no such host" >&2\nexit 1\n',
    'slow/npm': '#!/bin/sh\nexec sleep 60\n',
  });
  for (const name of ['bin', 'slow']) chmodSync(join(dir.path, name, 'npm'), 0o755);
  const target = join(dir.path, 'runtimes');
  const failing = await bare(target, `${dir.path}/bin:/usr/bin:/bin`);
  await assert.rejects(
    failing.add('nodejs22.x', noProgress, limit()),
    /npm could not install \S+@22:\nnpm error: no such host/,
  );
  const slow = await bare(target, `${dir.path}/slow:/usr/bin:/bin`);
  const leaving = new AbortController();
  await assert.rejects(
    slow.add('nodejs22.x', () => leaving.abort(), leaving.signal),
    { name: 'AbortError' },
  );
  assert.deepEqual(entries(target), []);
});

test('interpreters go where LAMBENT_RUNTIMES_DIR says, else with the data of the machine or the user', () => {
  assert.equal(defaultRuntimesDir({ LAMBENT_RUNTIMES_DIR: '/x' }, 0, '/root'), '/x');
  assert.equal(defaultRuntimesDir({}, 0, '/root'), '/var/lib/lambent/runtimes');
  assert.equal(defaultRuntimesDir({ XDG_DATA_HOME: '/data' }, 1000, '/home/u'), '/data/lambent/runtimes');
  assert.equal(defaultRuntimesDir({}, 1000, '/home/u'), '/home/u/.local/share/lambent/runtimes');
});

test('the variables are AWS’s', async () => {
  using dir = taskDirectory({});
  const runtimes = await bare(dir.path);
  const isolated = { task: '/var/task', opt: '/opt', tmp: '/tmp', mounted: (target: string) => target };
  const common = {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    LAMBDA_TASK_ROOT: '/var/task',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
    _AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1',
    _AWS_XRAY_DAEMON_PORT: '2000',
  };
  const paths = {
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    LD_LIBRARY_PATH: '/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
  };
  assert.deepEqual(runtimes.get('nodejs24.x').variables(isolated), {
    ...common,
    ...paths,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    NODE_PATH:
      '/opt/nodejs/node24/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task',
    PWD: '/var/task',
    SHLVL: '0',
  });
  assert.deepEqual(runtimes.get('provided.al2023').variables(isolated), { ...common, ...paths });
  assert.deepEqual(runtimes.get('provided.al2').variables(isolated), {
    ...common,
    PATH: '/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    LD_LIBRARY_PATH: '/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
  });
});

test('a Python is launched from its own prefix, or from the system’s', async () => {
  using dir = taskDirectory({ 'own/bin/x': '', 'path/x': '' });
  const own = join(dir.path, 'own');
  const fake = (path: string, version: string, prefix: string) => {
    writeFileSync(
      path,
      `#!/bin/sh\necho '{"version":"${version}","final":true,"prefix":"${prefix}"}'\n#${'-'.repeat(5000)}\n`,
    );
    chmodSync(path, 0o755);
  };
  fake(`${own}/bin/python3.14`, '3.14.99', own);
  symlinkSync(`${own}/bin/python3.14`, join(dir.path, 'path/python3.14'));
  fake(join(dir.path, 'path/python3.12'), '3.12.99', '/usr');
  const runtimes = await openRuntimes({
    dir: join(dir.path, 'runtimes'),
    log,
    env: { PATH: join(dir.path, 'path') },
    home: join(dir.path, 'home'),
  });

  const launch = runtimes.get('python3.14').launch(128);
  assert.deepEqual(launch.command, ['/var/lang/bin/python3.14', '-s', '-S', '-B', '/var/runtime/bootstrap.py']);
  assert.deepEqual(launch.mounts[0], { source: own, target: '/var/lang' });
  const system = runtimes.get('python3.12');
  assert.deepEqual(system.launch(128).mounts[0], {
    source: join(dir.path, 'path/python3.12'),
    target: '/var/lang/bin/python3.12',
  });

  const { PYTHONPATH, LC_CTYPE, AWS_EXECUTION_ENV } = launch.env;
  assert.deepEqual([PYTHONPATH, LC_CTYPE, AWS_EXECUTION_ENV], ['/var/runtime', 'C.UTF-8', 'AWS_Lambda_python3.14']);
  // Without isolation, the host's own paths.
  const onHost = system.variables(hostPaths(system.launch(128), '/some/task'));
  assert.ok(onHost.PATH?.startsWith(`${dir.path}/path:/usr/local/bin:`));
  assert.equal(onHost.PWD, '/some/task');
});

test('Node’s heap follows the memory size', () => {
  assert.deepEqual(memoryFlags(128), ['--max-semi-space-size=4', '--max-old-space-size=115']);
  assert.deepEqual(memoryFlags(511), ['--max-semi-space-size=4', '--max-old-space-size=459']);
  assert.deepEqual(memoryFlags(512), ['--max-semi-space-size=25', '--max-old-space-size=460']);
  assert.deepEqual(memoryFlags(10240), ['--max-semi-space-size=512', '--max-old-space-size=9216']);
});

test('an interpreter that is named for a runtime is used, also by a server that runs, until it is removed', async () => {
  using dir = taskDirectory({ 'py/odd': '' });
  const path = join(dir.path, 'py/odd');
  const saying = (told: string) => writeFileSync(path, `#!/bin/sh\necho '${told}'\n`);
  saying('{"version":"3.99.1","prefix":"/usr"}');
  chmodSync(path, 0o755);
  const target = join(dir.path, 'runtimes');
  const [typing, running] = [await bare(target), await bare(target)];
  assert.equal(running.status('python3.14')?.kind, 'missing');
  const ready = { kind: 'ready', name: 'python3.14', version: '3.99.1', path };
  assert.deepEqual(await typing.use('python3.14', path, limit()), ready);
  assert.deepEqual([running.status('python3.14'), (await bare(target)).status('python3.14')], [ready, ready]);
  const { name, version, launch } = running.get('python3.14');
  assert.deepEqual([name, version, launch(128).command[0]], ['python3.14', '3.99.1', '/var/lang/bin/python3.99']);
  assert.equal(running.get('python3.14').launch, launch, 'it is one and the same runtime as long as it is named');
  assert.deepEqual(launch(128).mounts[0], { source: path, target: '/var/lang/bin/python3.99' });

  assert.equal(typing.forget('python3.14').kind, 'missing');
  assert.equal(running.status('python3.14')?.kind, 'missing');
  assert.throws(() => typing.forget('python3.14'), /No interpreter was named for python3\.14/);
  saying('nothing');
  await assert.rejects(typing.use('python3.14', path, limit()), /does not run on this machine, or is not the interp/);
  await assert.rejects(typing.use('python3.14', `${path}-x`, limit()), /There is no \S+odd-x\./);
  await assert.rejects(typing.use('provided.al2', path, limit()), /provided\.al2 has no interpreter/);
  await assert.rejects(typing.use('perl5', path, limit()), /There is no runtime perl5/);
  assert.equal(typing.status('python3.14')?.kind, 'missing');
});

test('a Node that is named is mounted alone', async () => {
  using dir = taskDirectory({});
  const runtimes = await bare(dir.path);
  const status = await runtimes.use('nodejs22.x', process.execPath, limit());
  assert.deepEqual([status.kind, status.kind === 'ready' && status.version], ['ready', process.versions.node]);
  const { mounts } = runtimes.get('nodejs22.x').launch(128);
  assert.deepEqual(mounts[0], { source: realpathSync(process.execPath), target: '/var/lang/bin/node' });
});

test('a function that sets what an interpreter reads at its start is known by it', async () => {
  using dir = taskDirectory({});
  const runtimes = await bare(dir.path);
  const read = (name: string, variables: string) =>
    variables.split(' ').filter((variable) => runtimes.get(name).readsAtStart(variable));
  const everywhere = 'LD_PRELOAD MALLOC_ARENA_MAX LC_ALL SSL_CERT_FILE';
  const node = `NODE_OPTIONS NODE_EXTRA_CA_CERTS UV_THREADPOOL_SIZE ${everywhere}`;
  assert.equal(read('nodejs24.x', node).join(' '), node);
  assert.deepEqual(read('nodejs24.x', 'NODE_ENV NODE_PATH TZ PATH TABLE PYTHONHASHSEED'), []);
  assert.deepEqual(read('provided.al2', `NODE_OPTIONS PYTHONHASHSEED ${everywhere}`), []);
  await runtimes.use('python3.14', '/usr/bin/python3', limit());
  assert.deepEqual(read('python3.14', 'PYTHONHASHSEED PYTHONPATH PATH TABLE LD_PRELOAD'), [
    'PYTHONHASHSEED',
    'LD_PRELOAD',
  ]);
});
