import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import { testLog } from '../testing/extension-host.ts';
import type { EnvironmentLog, EnvironmentLogOptions } from './environment-log.ts';
import { billedMs, runtimeVersionName, streamName } from './environment-log-lines.ts';
import type { PhaseStatus, Report, RuntimeDone } from './phases.ts';

const SUCCESS: PhaseStatus = { kind: 'success' };
const CRASH: PhaseStatus = { kind: 'error', errorType: 'Runtime.ExitError' };
const TRACE = 'Root=1-5bb4;Parent=2ec7;Sampled=1';
const REPORT: Report = {
  requestId: 'id',
  traceId: TRACE,
  durationMs: 1.234,
  billedMs: 2,
  maxMemoryMb: 36,
  initMs: undefined,
  restoreMs: undefined,
  status: SUCCESS,
  spans: [],
};
const DONE: RuntimeDone = {
  requestId: 'id',
  traceId: TRACE,
  status: SUCCESS,
  durationMs: 1,
  producedBytes: 5,
  spans: [{ name: 'responseLatency', startMs: 0, durationMs: 0.75 }],
};

/** The lines that one act writes. */
function lines(
  act: (log: EnvironmentLog) => void,
  changes: Partial<EnvironmentLogOptions['spec']> = {},
  more: Partial<EnvironmentLogOptions> = {},
): string[] {
  const { log, lines: written } = testLog({ spec: changes, clock: { ...systemClock, nowMs: () => 0 }, ...more });
  act(log);
  log.close();
  return written;
}

/** The events that one act writes into a JSON log of that level, `platform.` left away. */
function events(systemLevel: string, act: (log: EnvironmentLog) => void, tracing: 'Active' | 'PassThrough' = 'Active') {
  return lines(act, { jsonLogging: { applicationLevel: 'INFO', systemLevel }, tracing }).map((line) => {
    const { time, type, record } = JSON.parse(line);
    assert.equal(time, '1970-01-01T00:00:00.000Z');
    return { type: type.replace('platform.', ''), record };
  });
}

const report = (changes: Partial<Report>) => (log: EnvironmentLog) => log.report({ ...REPORT, ...changes });

test('REPORT tells what AWS tells, of a cold start, a warm one, a timeout, a crash and a restore', () => {
  const warm =
    'REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t';
  const check = (changes: Partial<Report>, end: string) =>
    assert.deepEqual(lines(report(changes)), ['END RequestId: id\n', `${warm}${end}\n`]);
  check({}, '');
  check({ initMs: 9.999 }, 'Init Duration: 10.00 ms\t');
  check({ restoreMs: 12.341 }, 'Restore Duration: 12.34 ms\tBilled Restore Duration: 13 ms\t');
  check({ status: { kind: 'timeout' } }, 'Status: timeout');
  check({ status: CRASH }, 'Status: error\tError Type: Runtime.ExitError');
});

test('REPORT has X-Ray’s line when the function traces and this invocation is sampled, else not', () => {
  const last = (traceId: string, tracing: 'Active' | 'PassThrough') => lines(report({ traceId }), { tracing })[1];
  assert.match(last(TRACE, 'Active') ?? '', /\t\nXRAY TraceId: 1-5bb4\tSegmentId: 2ec7\tSampled: true\t\n$/);
  const [, late = ''] = lines(report({ traceId: TRACE, status: { kind: 'timeout' } }), { tracing: 'Active' });
  assert.match(late, /\tStatus: timeout\nXRAY TraceId: /);
  assert.doesNotMatch(last(TRACE, 'PassThrough') ?? '', /XRAY/);
  assert.doesNotMatch(last('Root=1-5bb4;Parent=2ec7;Sampled=0', 'Active') ?? '', /XRAY/);
  assert.doesNotMatch(last('', 'Active') ?? '', /XRAY/);
});

test('text: START, the time limit, INIT_START once, INIT_REPORT of a failed init only', () => {
  assert.deepEqual(
    lines((log) => log.start('id', '')),
    ['START RequestId: id Version: $LATEST\n'],
  );
  assert.deepEqual(
    lines((log) => log.timedOut('id')),
    ['1970-01-01T00:00:00.000Z id Task timed out after 1.00 seconds\n\n'],
  );
  const first = 'INIT_START Runtime Version: nodejs:24.v21\tRuntime Version ARN: arn\n';
  assert.deepEqual(
    lines((log) => {
      log.initStart('init');
      log.initReport('init', { kind: 'timeout' }, 10_008.494);
      log.initStart('invoke');
      log.initReport('invoke', CRASH, 1);
      log.initReport('invoke', SUCCESS, 1);
    }),
    [
      first,
      'INIT_REPORT Init Duration: 10008.49 ms\tPhase: init\tStatus: timeout\n',
      'INIT_REPORT Init Duration: 1.00 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError\n',
    ],
  );
});

test('text: INIT_REPORT of every init ahead of invocations, also of one that went well', () => {
  const told = (initializationType: 'on-demand' | 'provisioned-concurrency' | 'snap-start') =>
    lines((log) => log.initReport('init', SUCCESS, 13_316.04), {}, { initializationType });
  assert.deepEqual(told('on-demand'), []);
  assert.deepEqual(told('provisioned-concurrency'), ['INIT_REPORT Init Duration: 13316.04 ms\n']);
  assert.deepEqual(told('snap-start'), ['INIT_REPORT Init Duration: 13316.04 ms\n']);
});

test('text: a restored environment has RESTORE lines, an extension its own', () => {
  assert.deepEqual(
    lines((log) => {
      log.restoreStart();
      log.restoreRuntimeDone(SUCCESS);
      log.restoreReport(SUCCESS, 12.345);
      log.extension({ name: 'shipper', state: 'Ready', events: ['INVOKE', 'SHUTDOWN'], errorType: undefined });
      log.extension({ name: 'bad', state: 'LaunchError', events: [], errorType: 'PermissionDenied' });
    }),
    [
      'RESTORE_START Runtime Version: nodejs:24.v21\tRuntime Version ARN: arn\n',
      'RESTORE_REPORT Restore Duration: 12.35 ms\n',
      'EXTENSION\tName: shipper\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n',
      'EXTENSION\tName: bad\tState: LaunchError\tEvents: []\tError Type: PermissionDenied\n',
    ],
  );
});

test('the tail holds what is written while it is set, each record as a line', () => {
  const tail: string[] = [];
  lines((log) => {
    log.functionLine('before\n', 0);
    log.tailTo({ add: (line) => tail.push(line) });
    log.functionLine('no newline', 0);
    log.report(REPORT);
    log.tailTo(undefined);
    log.functionLine('after\n', 0);
  });
  assert.deepEqual(
    tail.map((line) => line.slice(0, 10)),
    ['no newline', 'END Reques', 'REPORT Req'],
  );
  assert.equal(tail[0], 'no newline\n');
});

test('JSON: each level has the events that AWS gives it, and those of the levels above', () => {
  const well = (log: EnvironmentLog) => {
    log.initStart('init');
    log.initRuntimeDone('init', SUCCESS);
    log.initReport('init', SUCCESS, 1);
    log.restoreStart();
    log.restoreRuntimeDone(SUCCESS);
    log.restoreReport(SUCCESS, 1);
    log.extension({ name: 'shipper', state: 'Ready', events: [], errorType: undefined });
    log.start('id', TRACE);
    log.runtimeDone(DONE);
    log.report(REPORT);
  };
  const badly = (log: EnvironmentLog) => {
    log.initRuntimeDone('init', CRASH);
    log.initReport('init', CRASH, 1);
    log.restoreRuntimeDone(CRASH);
    log.restoreReport({ kind: 'timeout' }, 1);
    log.extension({ name: 'shipper', state: 'ExitError', events: [], errorType: 'Extension.Bad' });
    log.runtimeDone({ ...DONE, status: { kind: 'timeout' } });
    log.report({ ...REPORT, status: CRASH });
  };
  const names = (level: string, act: (log: EnvironmentLog) => void) =>
    events(level, act)
      .map(({ type }) => type)
      .join(' ');
  const debugOnly = ['initRuntimeDone', 'initReport', 'restoreRuntimeDone', 'runtimeDone'];
  const all =
    'initStart initRuntimeDone initReport restoreStart restoreRuntimeDone restoreReport extension start runtimeDone report';
  assert.equal(names('DEBUG', well), all);
  assert.equal(
    names('INFO', well),
    all
      .split(' ')
      .filter((name) => !debugOnly.includes(name))
      .join(' '),
  );
  assert.equal(names('WARN', well), '');
  const bad = 'initRuntimeDone initReport restoreRuntimeDone restoreReport extension runtimeDone report';
  for (const level of ['DEBUG', 'INFO', 'WARN']) assert.equal(names(level, badly), bad);
});

test('JSON: the events have the members that AWS documents', () => {
  const [initStart, initReport, start, runtimeDone, done] = events('DEBUG', (log) => {
    log.initStart('init');
    log.initReport('init', SUCCESS, 125.33);
    log.start('id', TRACE);
    log.runtimeDone(DONE);
    const spans = [{ name: 'extensionOverhead' as const, startMs: 1, durationMs: 2 }];
    log.report({ ...REPORT, initMs: 4, restoreMs: 1.5, status: CRASH, spans });
  });
  const init = { initializationType: 'on-demand', phase: 'init' };
  assert.deepEqual(initStart?.record, {
    ...init,
    runtimeVersion: 'nodejs:24.v21',
    runtimeVersionArn: 'arn',
    functionName: 'hello',
    functionVersion: '$LATEST',
    instanceId: 'stream',
    instanceMaxMemory: 134_217_728,
  });
  assert.deepEqual(initReport?.record, { ...init, status: 'success', metrics: { durationMs: 125.33 } });
  const tracing = { type: 'X-Amzn-Trace-Id', value: TRACE };
  assert.deepEqual(start?.record, { requestId: 'id', functionArn: 'arn:hello', version: '$LATEST', tracing });
  assert.deepEqual(runtimeDone?.record, {
    requestId: 'id',
    status: 'success',
    metrics: { durationMs: 1, producedBytes: 5 },
    tracing,
    spans: [{ name: 'responseLatency', start: '1970-01-01T00:00:00.000Z', durationMs: 0.75 }],
  });
  assert.deepEqual(done?.record, {
    requestId: 'id',
    status: 'error',
    errorType: 'Runtime.ExitError',
    metrics: {
      durationMs: 1.234,
      billedDurationMs: 2,
      memorySizeMB: 128,
      maxMemoryUsedMB: 36,
      initDurationMs: 4,
      restoreDurationMs: 1.5,
      billedRestoreDurationMs: 2,
    },
    tracing,
    spans: [{ name: 'extensionOverhead', start: '1970-01-01T00:00:00.001Z', durationMs: 2 }],
  });
  const [bare] = events('DEBUG', (log) => log.runtimeDone({ ...DONE, spans: [] }));
  assert.equal('spans' in (bare?.record ?? {}), false);
  const traced = (trace: string, mode: 'Active' | 'PassThrough') =>
    'tracing' in (events('DEBUG', (log) => log.start('id', trace), mode)[0]?.record ?? {});
  assert.equal(traced(TRACE, 'PassThrough'), false);
  assert.equal(traced('Root=1-5bb4;Parent=2ec7;Sampled=0', 'Active'), false);
});

test('a runtime’s version is named as AWS names it', () => {
  assert.equal(runtimeVersionName('nodejs24.x', '24.21.0'), 'nodejs:24.v21');
  assert.equal(runtimeVersionName('python3.12', '3.12.1'), 'python:3.12.v1');
  assert.equal(runtimeVersionName('java21', '21.0.5'), 'java:21.v0');
  assert.equal(runtimeVersionName('java8.al2', '1.8.0'), 'java:8.al2.v1');
  assert.equal(runtimeVersionName('ruby3.4', '3.4.7'), 'ruby:3.4.v7');
  assert.equal(runtimeVersionName('dotnet8', '8.0.11'), 'dotnet:8.v0');
  assert.equal(runtimeVersionName('provided.al2023', 'al2023'), 'provided:al2023.v1');
});

test('a stream is named by day, version and chance, with the function where the group is shared', () => {
  assert.equal(streamName(0, 'hello', '$LATEST', false, 'ff'), '1970/01/01/[$LATEST]ff');
  assert.equal(streamName(0, 'hello', '3', true, 'ff'), '1970/01/01/hello[3]ff');
});

test('billed time is whole milliseconds, at least one, and a cold start’s init counts', () => {
  assert.deepEqual([billedMs(0, undefined), billedMs(1.01, undefined), billedMs(1.5, 2.6)], [1, 2, 5]);
});
