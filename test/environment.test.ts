// What a function finds around it, compared with what was recorded on AWS (lambda-facts 7). Where Lambent differs on
// purpose, the reason stands beside the value, and in docs/compatibility.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deploy, invoke } from './deploy.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, readyPython, serve, settled } from './server.ts';

const PROBE = `
import os, platform, pwd, resource, stat, subprocess, time

def writable(path):
    try:
        with open(os.path.join(path, "probe"), "w"):
            return True
    except OSError:
        return False

def handler(event, context):
    space = os.statvfs("/tmp")
    return {
        "cwd": os.getcwd(),
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "whoami": subprocess.run(["whoami"], capture_output=True, text=True).stdout.strip(),
        "root": os.getuid() == 0,
        "modes": {path: stat.filemode(os.stat(path).st_mode) for path in ["/var/task", "/opt", "/tmp"]},
        "writable": [path for path in ["/", "/opt", "/tmp", "/var/task", "/var/runtime"] if writable(path)],
        "limits": {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in
            ["NOFILE", "NPROC", "CORE", "MEMLOCK", "STACK", "AS", "CPU", "DATA", "FSIZE", "RSS"]},
        "machine": platform.machine(),
        "zone": [time.tzname[0], time.timezone],
        "tmpMiB": space.f_frsize * space.f_blocks // 1048576,
        "env": dict(os.environ),
    }
`;

const CORE_BYTES = 10_737_418_240;
const UNLIMITED = -1;

test('a function finds directory, user, limits, files and variables as on AWS', async (t) => {
  const cleanUp = cleanUpOf(t);
  const client = lambdaClient(cleanUp, await serve(cleanUp));
  const runtime = await readyPython();
  await deploy(client, { name: 'probe', runtime, files: { 'index.py': PROBE }, variables: { OWN: 'ü=' } });
  const { env, ...found } = JSON.parse((await invoke(client, 'probe')).text);
  assert.deepEqual(found, {
    cwd: '/var/task',
    user: 'sbx_user1051',
    whoami: 'sbx_user1051',
    root: false,
    modes: { '/var/task': 'drwxr-xr-x', '/opt': 'drwxr-xr-x', '/tmp': 'drwxrwxrwt' },
    writable: ['/tmp'],
    limits: {
      NOFILE: [1_024, 1_024],
      NPROC: [742, 742],
      CORE: [CORE_BYTES, CORE_BYTES],
      MEMLOCK: [65_536, 65_536],
      STACK: [8_388_608, UNLIMITED],
      AS: [UNLIMITED, UNLIMITED],
      CPU: [UNLIMITED, UNLIMITED],
      DATA: [UNLIMITED, UNLIMITED],
      FSIZE: [UNLIMITED, UNLIMITED],
      RSS: [UNLIMITED, UNLIMITED],
    },
    machine: process.arch === 'arm64' ? 'aarch64' : 'x86_64',
    zone: ['UTC', 0],
    tmpMiB: 512,
  });

  const changing: Record<string, RegExp> = {
    AWS_ACCESS_KEY_ID: /^ASIA[A-Z2-7]{16}$/,
    AWS_SECRET_ACCESS_KEY: /^[A-Za-z0-9+/]{40}$/,
    AWS_SESSION_TOKEN: /^.{100,}$/,
    AWS_LAMBDA_LOG_STREAM_NAME: /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/,
    _X_AMZN_TRACE_ID: /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};/,
  };
  for (const [name, form] of Object.entries(changing)) {
    assert.match(env[name], form, name);
    delete env[name];
  }
  const minor = Number(runtime.split('.')[1]);
  assert.deepEqual(env, {
    ...(minor >= 12 ? { LC_CTYPE: 'C.UTF-8' } : {}),
    OWN: 'ü=',
    AWS_DEFAULT_REGION: 'us-east-1',
    // AWS never sets this: it leads the SDKs to the platform.
    AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
    AWS_LAMBDA_FUNCTION_NAME: 'probe',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/probe',
    // On AWS the address is 169.254.100.1.
    AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001',
    AWS_REGION: 'us-east-1',
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    LAMBDA_TASK_ROOT: '/var/task',
    LANG: 'en_US.UTF-8',
    LD_LIBRARY_PATH: '/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    PWD: '/var/task',
    PYTHONPATH: '/var/runtime',
    SHLVL: '0',
    TZ: ':UTC',
    _AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1',
    _AWS_XRAY_DAEMON_PORT: '2000',
    _HANDLER: 'index.handler',
  });
});

test('a function may set its own time zone', async (t) => {
  const cleanUp = cleanUpOf(t);
  const client = lambdaClient(cleanUp, await serve(cleanUp));
  const variables = { TZ: 'Asia/Tokyo' };
  const node =
    'exports.handler = async () => [new Date(0).toString(), Intl.DateTimeFormat().resolvedOptions().timeZone];';
  await deploy(client, { name: 'node', runtime: 'nodejs24.x', files: { 'index.js': node }, variables });
  assert.deepEqual(JSON.parse((await invoke(client, 'node')).text), [
    'Thu Jan 01 1970 09:00:00 GMT+0900 (Japan Standard Time)',
    'Asia/Tokyo',
  ]);
  await deploy(client, { name: 'probe', runtime: await readyPython(), files: { 'index.py': PROBE }, variables });
  const { zone, env } = JSON.parse((await invoke(client, 'probe')).text);
  assert.deepEqual([zone, env.TZ], [['JST', -32_400], 'Asia/Tokyo']);
});

test('/tmp is as large as EphemeralStorage says, at both ends of what it may say', async (t) => {
  const cleanUp = cleanUpOf(t);
  const client = lambdaClient(cleanUp, await serve(cleanUp));
  const { GetFunctionCommand, UpdateFunctionConfigurationCommand } = lambdaSdk();
  const runtime = await readyPython();
  await deploy(client, { name: 'probe', runtime, files: { 'index.py': PROBE }, ephemeralMb: 10_240 });
  const resize = (Size: number) =>
    client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'probe', EphemeralStorage: { Size } }));
  const measured = async () => JSON.parse((await invoke(client, 'probe')).text).tmpMiB;
  assert.equal(await measured(), 10_240);
  await resize(512);
  await settled(client, 'probe');
  assert.equal(await measured(), 512);
  const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: 'probe' }));
  assert.deepEqual(Configuration?.EphemeralStorage, { Size: 512 });
  await assert.rejects(resize(511), /'ephemeralStorage.size' .* greater than or equal to 512$/);
  await assert.rejects(resize(10_241), /'ephemeralStorage.size' .* less than or equal to 10240$/);
});
