import type { Socket } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import type { Subscription } from '../extensions/telemetry-event.ts';
import { openSubscribers, type SubscribeResult } from '../extensions/telemetry-subscribers.ts';
import type { EnvironmentSpec } from '../spec.ts';
import { isShown } from './application-level.ts';
import {
  type EventSource,
  extensionEvent,
  type InitializationType,
  initReportEvent,
  initRuntimeDoneEvent,
  initStartEvent,
  logsDroppedEvent,
  type PlatformEvent,
  reportEvent,
  restoreReportEvent,
  restoreRuntimeDoneEvent,
  restoreStartEvent,
  runtimeDoneEvent,
  type SystemLevel,
  startEvent,
  telemetrySubscriptionEvent,
} from './environment-log-events.ts';
import {
  endLine,
  extensionLine,
  initReportLine,
  initStartLine,
  reportLine,
  restoreReportLine,
  restoreStartLine,
  runtimeVersionName,
  startLine,
  timedOutLine,
} from './environment-log-lines.ts';
import type { LogStream } from './log-sink.ts';
import type { InitPhase, PhaseStatus, Report, RuntimeDone } from './phases.ts';

/**
 * All that one execution environment tells of itself: to its log stream, in text or JSON, and to those who have subscribed
 * through the Telemetry or Logs API. Nothing here waits or throws.
 */
export interface EnvironmentLog {
  /** One record of the function's, with or without a newline at its end. */
  functionLine(message: string, timeMs: number): void;
  /** The same of what it wrote to its standard output and error: in a JSON log, what is below the level is left out. */
  outputLine(message: string, timeMs: number): void;
  /** One line that an extension wrote. */
  extensionLine(message: string, timeMs: number): void;
  initStart(phase: InitPhase): void;
  initRuntimeDone(phase: InitPhase, status: PhaseStatus): void;
  /** In text not of an init on demand that went well, as on AWS. */
  initReport(phase: InitPhase, status: PhaseStatus, durationMs: number): void;
  restoreStart(): void;
  restoreRuntimeDone(status: PhaseStatus): void;
  restoreReport(status: PhaseStatus, durationMs: number): void;
  start(requestId: string, traceId: string): void;
  timedOut(requestId: string): void;
  /** The runtime is done with the invocation; extensions may go on. */
  runtimeDone(done: RuntimeDone): void;
  /** Everybody is done: in text, the END and REPORT lines. */
  report(report: Report): void;
  extension(state: { name: string; state: string; events: readonly string[]; errorType: string | undefined }): void;
  /** From now to the next call, lines are also put into this tail; undefined: into none. */
  tailTo(tail: { add(line: string): void } | undefined): void;
  /** Adds a subscriber, which is sent all that was told so far, and tells it. `closed`: the init is over. */
  subscribe(subscription: Subscription): SubscribeResult;
  /** The init is over: what nobody has subscribed to is forgotten. */
  closeSubscriptions(): void;
  /** Sends what subscribers still wait for; at most until the signal aborts. */
  flush(signal: AbortSignal): Promise<void>;
  /** No more will come; subscribers are not waited for. */
  close(): void;
}

export interface EnvironmentLogOptions {
  readonly spec: Pick<
    EnvironmentSpec,
    'name' | 'runtime' | 'version' | 'functionArn' | 'memoryMb' | 'timeoutMs' | 'tracing' | 'jsonLogging'
  >;
  readonly initializationType: InitializationType;
  /** The interpreter's own version, for example `3.12.1`. */
  readonly runtimeVersion: string;
  readonly runtimeVersionArn: string;
  /** The environment's, which outlives this log. */
  readonly logStream: LogStream;
  readonly logStreamName: string;
  readonly clock: Clock;
  /** Connects to a port of the sandbox's own loopback, where subscribers listen (`Sandbox.connect`). */
  connect(port: number): Socket;
}

const LEVELS: Readonly<Record<SystemLevel, number>> = { DEBUG: 0, INFO: 1, WARN: 2 };

/**
 * The log of one environment. In text, without subscribers, an event costs its line and nothing else: records are made
 * only for a JSON log, or while somebody has subscribed or still may.
 */
export function openEnvironmentLog(options: EnvironmentLogOptions): EnvironmentLog {
  const { spec, clock, logStream, runtimeVersionArn } = options;
  const runtimeVersion = runtimeVersionName(spec.runtime, options.runtimeVersion);
  const source: EventSource = { ...options, runtimeVersion };
  const isText = spec.jsonLogging === undefined;
  // AWS has no other levels; one that is not known hides nothing.
  const levelMin = LEVELS[spec.jsonLogging?.systemLevel as SystemLevel] ?? LEVELS.DEBUG;
  let tail: { add(line: string): void } | undefined;

  const write = (message: string, timeMs: number) => {
    logStream.write(message, timeMs);
    // In the tail a record without a newline of its own must not run into the next line.
    tail?.add(message.endsWith('\n') ? message : `${message}\n`);
  };
  const writeLine = (message: string) => write(message, clock.nowMs());
  const tell = (event: PlatformEvent) => {
    const timeMs = clock.nowMs();
    subscribers.publish({ category: 'platform', timeMs, type: event.type, record: event.record });
    if (isText || LEVELS[event.level] < levelMin) return;
    const time = new Date(timeMs).toISOString();
    write(`${JSON.stringify({ time, type: event.type, record: event.record })}\n`, timeMs);
  };
  const needsEvents = () => !isText || subscribers.areWaiting;
  const publish = (category: 'function' | 'extension', record: string, timeMs: number) => {
    if (subscribers.areWaiting) subscribers.publish({ category, timeMs, type: category, record });
  };
  const subscribers = openSubscribers({
    clock,
    connect: options.connect,
    jsonRecords: !isText,
    onDropped: (dropped) => tell(logsDroppedEvent(dropped)),
  });

  return {
    functionLine: (message, timeMs) => {
      write(message, timeMs);
      publish('function', message, timeMs);
    },
    outputLine: (message, timeMs) => {
      if (spec.jsonLogging === undefined || isShown(message, spec.jsonLogging.applicationLevel)) write(message, timeMs);
      publish('function', message, timeMs);
    },
    extensionLine: (message, timeMs) => {
      write(message, timeMs);
      publish('extension', message, timeMs);
    },
    initStart: (phase) => {
      // An init that is repeated within an invocation has its INIT_REPORT, but no second first line.
      if (isText && phase !== 'invoke') writeLine(initStartLine(runtimeVersion, runtimeVersionArn));
      if (needsEvents()) tell(initStartEvent(source, phase));
    },
    initRuntimeDone: (phase, status) => {
      if (needsEvents()) tell(initRuntimeDoneEvent(source, phase, status));
    },
    initReport: (phase, status, durationMs) => {
      const isTold = status.kind !== 'success' || source.initializationType !== 'on-demand';
      if (isText && isTold) writeLine(initReportLine(phase, status, durationMs));
      if (needsEvents()) tell(initReportEvent(source, phase, status, durationMs));
    },
    restoreStart: () => {
      if (isText) writeLine(restoreStartLine(runtimeVersion, runtimeVersionArn));
      if (needsEvents()) tell(restoreStartEvent(source));
    },
    restoreRuntimeDone: (status) => {
      if (needsEvents()) tell(restoreRuntimeDoneEvent(status));
    },
    restoreReport: (status, durationMs) => {
      if (isText) writeLine(restoreReportLine(status, durationMs));
      if (needsEvents()) tell(restoreReportEvent(status, durationMs));
    },
    start: (requestId, traceId) => {
      if (isText) writeLine(startLine(requestId, spec.version));
      if (needsEvents()) tell(startEvent(source, requestId, traceId));
    },
    timedOut: (requestId) => {
      const nowMs = clock.nowMs();
      if (isText) write(timedOutLine(nowMs, requestId, spec.timeoutMs), nowMs);
    },
    runtimeDone: (done) => {
      if (needsEvents()) tell(runtimeDoneEvent(source, done));
    },
    report: (report) => {
      if (isText) {
        const nowMs = clock.nowMs();
        write(endLine(report.requestId), nowMs);
        write(reportLine(report, spec), nowMs);
      }
      if (needsEvents()) tell(reportEvent(source, report));
    },
    extension: (extension) => {
      const { name, state, events, errorType } = extension;
      if (isText) writeLine(extensionLine(name, state, events, errorType));
      if (needsEvents()) tell(extensionEvent(extension));
    },
    tailTo: (next) => {
      tail = next;
    },
    subscribe: (subscription) => {
      const result = subscribers.add(subscription);
      if (result === 'subscribed') tell(telemetrySubscriptionEvent(subscription.name, subscription.types));
      return result;
    },
    closeSubscriptions: () => subscribers.closeToNew(),
    flush: (signal) => subscribers.flush(signal),
    close: () => subscribers.close(),
  };
}
