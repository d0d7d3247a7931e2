import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { rubyFinder } from './ruby-finder.ts';
import { taskDirectory } from './testing/guest-process.ts';

const log = pino({ level: 'silent' });

/** Stands in for a Ruby: tells its version, and pads itself to an interpreter's size. */
const fake = (version: string, prefix: string) =>
  `#!/bin/sh\necho '{"version":"${version}","prefix":"${prefix}","final":true}'\n#${'-'.repeat(5000)}\n`;

const limit = () => AbortSignal.timeout(60_000);

test('Rubies are found on PATH and with version managers; the newest of a version wins', async () => {
  using dir = taskDirectory({
    'path/ruby': fake('3.3.1', '/usr'),
    'home/.rbenv/versions/3.3.10/bin/ruby': fake('3.3.10', '/rbenv'),
    'home/.local/share/mise/installs/ruby/4.0.0/bin/ruby': fake('4.0.0', '/mise'),
    'home/.asdf/installs/ruby/3.4.2/bin/ruby': '#!/bin/sh\nexec asdf ruby\n',
  });
  const files = ['path', 'home/.rbenv/versions/3.3.10/bin', 'home/.local/share/mise/installs/ruby/4.0.0/bin'];
  for (const file of [...files, 'home/.asdf/installs/ruby/3.4.2/bin']) chmodSync(join(dir.path, file, 'ruby'), 0o755);
  const host = { env: { PATH: join(dir.path, 'path') }, home: join(dir.path, 'home') };
  const finder = rubyFinder({ dir: join(dir.path, 'runtimes'), host, log });
  await finder.look();
  const path = join(dir.path, 'home/.rbenv/versions/3.3.10/bin/ruby');
  assert.deepEqual(finder.status('ruby3.3'), { kind: 'ready', name: 'ruby3.3', version: '3.3.10', path });
  assert.equal(finder.status('ruby4.0').kind, 'ready');
  const missing = { kind: 'missing', name: 'ruby3.4', command: 'lambent runtime add ruby3.4' };
  assert.deepEqual(finder.status('ruby3.4'), missing);
  assert.throws(() => finder.get('ruby3.4'), /ruby3\.4 is not ready/);
  await assert.rejects(
    finder.add('ruby3.4', () => {}, limit()),
    /Ruby 3\.4 is not on this machine\. .*--path FILE/,
  );

  // Its library is where it was built to be; the system's is in /usr.
  assert.deepEqual(finder.get('ruby3.3').launch(128).mounts.slice(0, 2), [
    { source: '/rbenv', target: '/var/lang' },
    { source: '/rbenv', target: '/rbenv' },
  ]);
  const system = finder.named?.runtime('ruby3.2', { path: '/usr/bin/ruby3.1', version: '3.1.2', prefix: '/usr' });
  assert.deepEqual(system?.launch(128).mounts[0], { source: '/usr/bin/ruby3.1', target: '/var/lang/bin/ruby' });
});

test('a Ruby that is too old, or whose prefix is somebody’s home, is refused by name', async () => {
  using dir = taskDirectory({
    old: fake('3.0.9', '/usr'),
    home: fake('3.3.0', '/home'),
    whole: fake('3.1.0', '/opt/x'),
  });
  const { named } = rubyFinder({ dir: dir.path, host: { env: {}, home: '/home/u' }, log });
  const inspect = (name: string) => {
    chmodSync(join(dir.path, name), 0o755);
    return named?.inspect('ruby3.2', join(dir.path, name), limit()) ?? Promise.reject(new Error('not offered'));
  };
  await assert.rejects(inspect('old'), /is Ruby 3\.0\.9; Lambent needs 3\.1 or newer/);
  await assert.rejects(inspect('home'), /is part of \/home, which is no interpreter's own directory/);
  assert.equal((await inspect('whole')).version, '3.1.0');
});

test('the variables are AWS’s', () => {
  const finder = rubyFinder({ dir: '/nowhere', host: { env: {}, home: '/home/u' }, log });
  const ruby = finder.named?.runtime('ruby3.4', { path: '/usr/bin/ruby', version: '3.4.1', prefix: '/usr' });
  const isolated = { task: '/var/task', opt: '/opt', tmp: '/tmp', mounted: (target: string) => target };
  const { GEM_HOME, GEM_PATH, RUBYLIB, PATH, AWS_EXECUTION_ENV } = ruby?.variables(isolated) ?? {};
  assert.deepEqual([GEM_HOME, AWS_EXECUTION_ENV], ['/var/runtime', 'AWS_Lambda_ruby3.4']);
  const gems = '/var/task/vendor/bundle/ruby/3.4.0:/opt/ruby/gems/3.4.0:/var/runtime:/var/runtime/ruby/3.4.0';
  assert.equal(GEM_PATH, gems);
  assert.equal(RUBYLIB, '/var/task:/var/runtime/lib:/opt/ruby/lib');
  assert.equal(PATH, '/var/lang/bin:/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin');
  const read = ['RUBYOPT', 'RUBY_GC_HEAP_GROWTH_FACTOR', 'RUBYLIB', 'GEM_PATH', 'RUBY', 'TABLE'];
  assert.deepEqual(
    read.filter((variable) => ruby?.readsAtStart(variable)),
    ['RUBYOPT', 'RUBY_GC_HEAP_GROWTH_FACTOR'],
  );
});
