import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type AddressInfo, Server as SocketServer } from 'node:net';
import { join } from 'node:path';
import { openDelivery, type Targets } from '../delivery/delivery.ts';
import { openOutbox } from '../delivery/outbox.ts';
import { Environments } from '../environments/environments.ts';
import { lambdaService } from '../functions/aws/lambda-service.ts';
import { isSharedWith } from '../functions/aws/shared-function.ts';
import { functionDirectory } from '../functions/directory.ts';
import { eventSettings } from '../functions/event-settings.ts';
import { type Functions, openFunctions } from '../functions/functions.ts';
import { PACKAGE_LIMITS } from '../functions/package/limits.ts';
import type { FunctionDirectory } from '../functions/runnable.ts';
import { runtimeVersionArn } from '../functions/runtime-version-arn.ts';
import {
  actionOf,
  assumableRoles,
  authorize,
  functionSessionName,
  openIdentity,
  openSecretBox,
  relaxedRefusal,
} from '../identity/index.ts';
import { invokeAsyncDoor } from '../invoke/aws/invoke-async-door.ts';
import type { InvokeDoorPorts } from '../invoke/aws/invoke-call.ts';
import { invokeDoor } from '../invoke/aws/invoke-door.ts';
import { streamDoor } from '../invoke/aws/stream-door.ts';
import { newTraceId } from '../invoke/aws/trace-id.ts';
import { counting } from '../invoke/concurrency.ts';
import { openEventQueue } from '../invoke/events/event-queue.ts';
import { functionTarget } from '../invoke/events/function-target.ts';
import { frontend } from '../invoke/frontend.ts';
import type { Clock } from '../lib/clock.ts';
import { createServer } from '../lib/http.ts';
import type { Logger } from '../lib/log.ts';
import { countedMetrics } from '../lib/metrics.ts';
import { pipelineLimit } from '../lib/pipeline-limit.ts';
import { defaultRuntimesDir, openRuntimes } from '../runtimes/open-runtimes.ts';
import { openSandboxes } from '../sandbox/open-sandboxes.ts';
import type { Sandboxes } from '../sandbox/sandbox.ts';
import { iamService } from '../services/iam/aws/iam-service.ts';
import { openIam } from '../services/iam/iam.ts';
import { logsService } from '../services/logs/aws/logs-service.ts';
import { openLogs } from '../services/logs/logs.ts';
import { bucketSettingsPart } from '../services/s3/aws/bucket-settings.ts';
import { corsDoor } from '../services/s3/aws/cors-door.ts';
import { notificationPart } from '../services/s3/aws/notification-operations.ts';
import { formDoor } from '../services/s3/aws/post-object.ts';
import { s3Service } from '../services/s3/aws/s3-service.ts';
import { isBucketSharedWith, isDeniedByBucket, isGrantedByBucket } from '../services/s3/aws/shared-bucket.ts';
import { bucketTarget } from '../services/s3/bucket-target.ts';
import { openNotifier } from '../services/s3/notifier.ts';
import { lazyS3 } from '../services/s3/s3.ts';
import { snsLinks } from '../services/sns/aws/links.ts';
import { snsService } from '../services/sns/aws/sns-service.ts';
import { readRelay } from '../services/sns/mail.ts';
import { openSns } from '../services/sns/open-sns.ts';
import { isQueueSharedWith } from '../services/sqs/aws/shared-queue.ts';
import { sqsService } from '../services/sqs/aws/sqs-service.ts';
import { openSqs } from '../services/sqs/open-sqs.ts';
import { queueTarget } from '../services/sqs/queue-target.ts';
import { stsService } from '../services/sts/aws/sts-service.ts';
import { mappingPart } from '../sources/aws/mapping-part.ts';
import { openMappings } from '../sources/mappings.ts';
import { Pollers } from '../sources/pollers.ts';
import { remoteQueues } from '../sources/sqs/aws/remote-queues.ts';
import { openDataDirectory } from '../store/data-directory.ts';
import { AwsError } from '../wire/aws-error.ts';
import { createEngine } from '../wire/engine.ts';
import { codeLinks } from './code-links.ts';
import { codeObjects } from './code-objects.ts';
import { functionUrlDoor } from './function-url-door.ts';
import { countGivenUp } from './given-up.ts';
import { assertMay, guarded, type MayReach, type ResourcePolicies } from './guard.ts';
import { metricsDoor } from './metrics-door.ts';
import { mayReadOwn, ownQueues } from './own-queues.ts';
import { machineArchitecture, prepare } from './prepare.ts';
import { signingRootsIn } from './signing-roots.ts';
import { answerUnreadable, HEAD_BYTES_MAX } from './unreadable-requests.ts';

export interface ServerConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly dataDir: string;
  readonly auth: 'enforced' | 'relaxed';
  readonly checkRoles: boolean;
  /** A file with the certificates of the authorities whose signatures of code are believed. */
  readonly signingRoots?: string | undefined;
  /** Where mappings find their queues, instead of here. */
  readonly serviceEndpoints?: { readonly sqs?: string };
  readonly sandbox: 'auto' | 'bubblewrap' | 'process';
  readonly poolSize: number;
  readonly keepAliveMs: number;
  /** Concurrent executions of an account in a region. */
  readonly accountConcurrency: number;
  /** All code of an account in a region: functions, their versions, and layers. */
  readonly codeStorageBytes: number;
  /** A version of a function that has not been used for so long becomes inactive; undefined: never. */
  readonly inactiveAfterMs: number | undefined;
  /** Until an asynchronous invocation is tried again after its first error; after the second one twice as long. */
  readonly eventRetryMs: number;
  /** Through which topics send mail: `smtp://user:password@host:587?from=news@example.com`; undefined: they send none. */
  readonly smtpRelay?: string | undefined;
}

export interface RunningServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Takes no new connections, one last request of each old one, and waits for answers under way; at most until the signal aborts. */
  drain(signal: AbortSignal): Promise<void>;
}

/** The port is taken, or may not be used. */
export class CannotListen extends Error {}

/** Credentials of an environment; it is replaced long before they expire. */
const CREDENTIALS_MS = 12 * 3_600_000;
const DRAIN_POLL_MS = 20;
/** Requests that one connection sends before it has any answer; no AWS client sends more than one. */
const PIPELINED_MAX = 64;
/** `lambent runtime add` and `lambent account remove` are other processes: what they did is noticed after so long. */
const COMMANDS_LOOK_MS = 2_000;
/** A client that is still sending its request head after this has gone, or means no good. */
const HEADERS_MS_MAX = 30_000;
/** The largest request is an object of 5 GB, or a part of one: it may come at 1.5 MB a second. */
const REQUEST_MS_MAX = 3_600_000;

/** Puts all rooms together and listens. What has been opened is closed again if a later step fails. */
export async function startServer(config: ServerConfig, ports: { clock: Clock; log: Logger }): Promise<RunningServer> {
  const { clock, log } = ports;
  const relaxed = config.auth === 'relaxed' ? relaxedRefusal(config.host) : undefined;
  if (relaxed !== undefined) throw new Error(relaxed);
  const relay = config.smtpRelay === undefined ? undefined : readRelay(config.smtpRelay);

  await using opened = new AsyncDisposableStack();
  const stopping = new AbortController();
  const doors: ((request: IncomingMessage, response: ServerResponse) => boolean)[] = [];
  // Those that are not wholly with the system yet: a stop waits for them.
  const answers = new Set<ServerResponse>();
  let draining = false;
  const mayBeAnswered = pipelineLimit(PIPELINED_MAX);
  const http = createServer({ maxHeaderSize: HEAD_BYTES_MAX }, (request, response) => {
    if (!mayBeAnswered(request)) return;
    answers.add(response);
    response.once('close', () => answers.delete(response));
    response.shouldKeepAlive &&= !draining;
    for (const door of doors) if (door(request, response)) return;
    // Only in the moments between the first listening and the end of the start.
    response.writeHead(503, { 'Content-Type': 'text/plain', 'Retry-After': '1' });
    response.end('Lambent is starting.\n');
  });
  answerUnreadable(http, answers, clock);
  http.headersTimeout = HEADERS_MS_MAX;
  http.requestTimeout = REQUEST_MS_MAX;
  // Clients keep their connections; a server that closes them first makes their next request fail.
  http.keepAliveTimeout = 75_000;
  http.maxRequestsPerSocket = 0;
  // First of all, so that a port that is taken is told before anything else is touched.
  const port = await listen(http, config.host, config.port);
  opened.defer(() => closeServer(http));

  const data = opened.use(await openDataDirectory(config.dataDir));
  const identity = await openIdentity({ dataDir: config.dataDir, mode: config.auth, clock, log });
  const secrets = await openSecretBox(config.dataDir);
  const iam = await openIam({ records: data.records, clock, randomBytes });
  const roleExistence = config.checkRoles ? 'checked' : 'unchecked';
  const runtimes = await openRuntimes({ dir: defaultRuntimesDir(), log, clock });
  const sandboxes = opened.use(await openSandboxes({ kind: config.sandbox, log, clock }));
  tellWhatIsNotLimited(sandboxes, log);
  const logs = opened.use(openLogs({ dataDir: config.dataDir, clock, log }));

  // The data plane asks the control plane for code, the control plane prepares sandboxes: tied here, by name.
  const environments: Environments = opened.use(
    new Environments({
      sandboxes,
      runtimes,
      logs: logs.sink,
      clock,
      log,
      platform: http,
      codeDir: (digest) => directory.codeDir(digest),
      layersDir: (digests) => directory.layersDir(digests),
      retainCode: (digest, layers) => directory.retain(digest, layers),
      credentials: ({ roleArn, name, account }) =>
        identity.issueRoleSession({
          roleArn,
          sessionName: functionSessionName(name),
          durationMs: CREDENTIALS_MS,
          account,
          roleId: iam.roleOfArn(roleArn)?.id,
        }),
      runtimeVersionArn: (region, runtime) => runtimeVersionArn(region, runtime, runtimes.get(runtime).version),
      settings: { poolSize: config.poolSize, keepAliveMs: config.keepAliveMs },
    }),
  );
  const functions: Functions = opened.use(
    await openFunctions({
      records: data.records,
      secrets,
      blobs: data.blobs,
      codeRoot: join(config.dataDir, 'code'),
      clock,
      uuid: randomUUID,
      log,
      prepare: prepare({ runtimes, environments, architecture: machineArchitecture() }),
      concurrencyMax: config.accountConcurrency,
      limits: { ...PACKAGE_LIMITS, totalCodeBytesMax: config.codeStorageBytes },
      inactiveAfterMs: config.inactiveAfterMs,
      signingRoots: config.signingRoots === undefined ? undefined : signingRootsIn(config.signingRoots),
      assumable: assumableRoles(
        { existence: roleExistence, accounts: config.auth === 'relaxed' ? 'any' : 'own' },
        (arn) => iam.roleOfArn(arn)?.trustPolicy,
      ),
      architecture: machineArchitecture(),
      runtimeVersion: (runtime) =>
        runtimes.status(runtime)?.kind === 'ready' ? runtimes.get(runtime).version : undefined,
    }),
  );
  const directory: FunctionDirectory = functionDirectory(functions, Math.random);
  directory.onRetired((id) => environments.retire(id));
  functions.keepProvisioned(environments);
  opened.use(every(COMMANDS_LOOK_MS, clock, log, () => functions.lookForRuntimes()));
  opened.use(every(COMMANDS_LOOK_MS, clock, log, () => identity.lookForAccounts()));

  const sqs = opened.use(openSqs({ dataDir: config.dataDir, clock, log }));
  const { sqs: elsewhere } = config.serviceEndpoints ?? {};
  const queues = elsewhere === undefined ? ownQueues(sqs.core) : opened.use(remoteQueues({ endpoint: elsewhere }));
  // Another endpoint decides for itself; where any key is accepted, policies stand in nobody's way.
  const mayRead = elsewhere === undefined && config.auth === 'enforced' ? mayReadOwn(sqs.core) : () => true;
  const metrics = countedMetrics();
  const pollers = opened.use(
    new Pollers({
      ...{ queues, mayRead, functions, metrics, clock, log },
      invoke: (request) => invoke(request),
      uuid: randomUUID,
    }),
  );
  const mappings = opened.use(
    await openMappings({ records: data.records, clock, uuid: randomUUID, log, functions, pollers, queues, mayRead }),
  );

  const links = codeLinks({
    authenticate: identity.authenticate,
    rootKey: identity.rootKey,
    clock,
    openCode: functions.openCode,
    writeError: (response, error) => engine.writeError(response, 'lambda', error, randomUUID()),
  });
  const sts = stsService({
    roles: { find: iam.roleOfArn, existence: roleExistence },
    issueRoleSession: identity.issueRoleSession,
  });
  // Opened at its first request.
  const s3 = opened.use(
    lazyS3({
      dataDir: config.dataDir,
      clock,
      log,
      randomBytes,
      onChange: () => notifier.wake(),
    }),
  );
  const sns = opened.use(
    openSns({
      dataDir: config.dataDir,
      clock,
      log,
      random: Math.random,
      randomBytes,
      uuid: randomUUID,
      deliver: (arn, message, from, signal) => delivery.deliver(arn, message, from, signal),
      relay,
    }),
  );
  const mayReach: MayReach = (caller, action, arn) =>
    isSharedWith(functions, caller, action, arn) ||
    isQueueSharedWith(sqs.core, caller, action, arn) ||
    isBucketSharedWith(s3.open, caller, action, arn);
  const policies: ResourcePolicies = {
    denies: (by, action, arn) => action.startsWith('s3:') && isDeniedByBucket(s3.open, by, action, arn),
    grants: (by, action, arn) => action.startsWith('s3:') && isGrantedByBucket(s3.open, by, action, arn),
  };
  const lambda = lambdaService(functions, links.url, [mappingPart(mappings)], codeObjects(s3.open, mayReach, policies));
  const services = [
    lambda,
    logsService(logs.core),
    iamService(iam),
    sqsService(sqs.core),
    snsService(sns.core),
    s3Service(s3.open, [
      notificationPart({
        s3: s3.open,
        admission: { assertDeliverable: (arn, from) => delivery.assertDeliverable(arn, from) },
        post: (posted) => outbox.post(posted),
        clock,
        uuid: randomUUID,
      }),
      bucketSettingsPart(s3.open),
    ]),
    sts,
  ];
  const engine = createEngine({
    services: services.map((service) => guarded(service, mayReach, policies)),
    authenticate: identity.authenticate,
    clock,
    log,
    newRequestId: randomUUID,
    stopping: stopping.signal,
  });
  const places = counting(config.accountConcurrency, clock);
  const targets: Targets = {
    sqs: () => queueTarget(sqs.core),
    lambda: () =>
      functionTarget({
        functions,
        invoke,
        uuid: randomUUID,
        newTraceId: (received) => newTraceId(received, clock.nowMs(), randomUUID()),
      }),
    sns: sns.target,
    s3: () => bucketTarget(s3.open, randomUUID),
  };
  const delivery = openDelivery({ targets, policies: config.auth });
  const outbox = opened.use(
    openOutbox({
      path: join(config.dataDir, 'deliveries.db'),
      delivery,
      clock,
      log,
      onGivenUp: (posted) => countGivenUp(metrics, posted),
    }),
  );
  const notifier = opened.use(
    openNotifier({ store: () => s3.open().store, post: (posted) => outbox.post(posted), clock, log }),
  );
  const events = opened.use(
    openEventQueue({
      path: join(config.dataDir, 'events.db'),
      invoke: (request) => invoke(request),
      settings: (key, qualifier) => eventSettings(functions, key, key.name, qualifier),
      outbox,
      metrics,
      clock,
      uuid: randomUUID,
      log,
      delays: { errorMs: config.eventRetryMs },
    }),
  );
  // The event queue runs events as anybody else invokes a function, and an event may be anybody's invocation.
  const invoke = frontend({ functions: directory, environments, counting: places, events });
  const invoking: InvokeDoorPorts = {
    invoke,
    authenticate: identity.authenticate,
    authorize: ({ principal }, arn) => authorize(principal, actionOf('lambda', 'Invoke'), arn),
    mayReach: ({ principal }, arn) => mayReach(principal, actionOf('lambda', 'Invoke'), arn),
    writeError: (response, error, requestId) => {
      if (!(error instanceof AwsError) || error.cause !== undefined)
        log.error({ err: error, requestId }, 'an invocation failed');
      engine.writeError(response, 'lambda', error, requestId);
    },
    clock,
  };
  const urlDoor = functionUrlDoor({
    hasUrl: functions.hasUrl,
    writeError: (response, error) => engine.writeError(response, 'lambda', error, randomUUID()),
  });
  const topicLinks = snsLinks({
    sns: sns.core,
    newRequestId: randomUUID,
    writeError: (response, error, requestId) => {
      if (!(error instanceof AwsError)) log.error({ err: error, requestId }, 'a link of a topic failed');
      engine.writeError(response, 'sns', error, requestId);
    },
  });
  // First, since a function URL may have any path.
  const metricsPage = metricsDoor({
    authenticate: identity.authenticate,
    text: metrics.text,
    writeError: (response, error) => engine.writeError(response, 'lambda', error, randomUUID()),
  });
  const invokeDoors = [invokeDoor(invoking), streamDoor(invoking), invokeAsyncDoor(invoking)];
  const corsOfBuckets = corsDoor({
    s3,
    writeError: (response, error) => engine.writeError(response, 's3', error, randomUUID()),
  });
  const putObject = actionOf('s3', 'PutObject');
  const forms = formDoor({
    s3: s3.open,
    authenticatePolicy: identity.authenticatePolicy,
    assertMayPut: (by, arn) => assertMay(policies, by, putObject, arn),
    mayReach: ({ principal }, arn) => mayReach(principal, putObject, arn),
    clock,
    newRequestId: randomUUID,
    writeError: (response, error, requestId) => {
      if (!(error instanceof AwsError)) log.error({ err: error, requestId }, 'a form could not be taken');
      engine.writeError(response, 's3', error, requestId);
    },
  });
  doors.push(
    urlDoor,
    ...invokeDoors,
    links.handle,
    topicLinks,
    metricsPage,
    corsOfBuckets,
    forms,
    (request, response) => {
      engine.handle(request, response);
      return true;
    },
  );
  for (const runnable of directory.latest()) environments.expect(runnable);
  // The first request finds the schemas loaded; the server is ready before that.
  setImmediate(() => engine.warm('lambda')).unref();
  setImmediate(() => {
    if (s3.isUsed()) notifier.wake();
  }).unref();
  // What a former process has accepted goes on once this one is ready.
  for (const waiting of [events, outbox]) {
    setImmediate(() =>
      waiting.resume().catch((error) => log.error({ err: error }, 'what waits cannot be read')),
    ).unref();
  }

  setImmediate(() => pollers.start()).unref();

  const owned = opened.move();
  return {
    host: config.host,
    port,
    drain: async (signal) => {
      // Not http.close(): to node:http a connection is idle while its answer is still on its way, and is cut off.
      SocketServer.prototype.close.call(http);
      draining = true;
      events.stop();
      outbox.stop();
      const delivered = sns.drain();
      const polled = pollers.drain(signal);
      sqs.drain();
      for (const response of answers) response.shouldKeepAlive = false;
      // An invocation whose caller has left has no answer under way, and still runs to its end.
      while ((places.inFlight() > 0 || answers.size > 0) && !signal.aborted) await clock.sleep(DRAIN_POLL_MS);
      await Promise.all([polled, delivered]);
      stopping.abort(new Error('Lambent is stopping'));
    },
    [Symbol.asyncDispose]: () => {
      stopping.abort(new Error('Lambent is stopping'));
      return owned.disposeAsync();
    },
  };
}

/** Acts again and again until it is disposed. What fails is tried again like the rest. */
function every(ms: number, clock: Clock, log: Logger, act: () => void): Disposable {
  let timer: Disposable;
  const later = () => {
    timer = clock.after(ms, () => {
      try {
        act();
      } catch (error) {
        log.error({ err: error }, 'what is done now and then has failed');
      }
      later();
    });
  };
  later();
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

/** An operator who believes in limits that this host cannot hold would be surprised at the worst moment. */
function tellWhatIsNotLimited({ can }: Sandboxes, log: Logger): void {
  const missing = [
    can.limitMemory ? [] : ['memory'],
    can.limitCpu ? [] : ['processor time'],
    can.limitPids ? [] : ['number of processes'],
    can.freeze ? [] : ['standing still when idle'],
  ].flat();
  if (missing.length > 0) log.warn(`this host cannot hold functions to their limits of: ${missing.join(', ')}`);
}

function listen(http: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => reject(new CannotListen(listenText(error, host, port))));
    http.listen({ host, port }, () => {
      http.removeAllListeners('error');
      http.on('error', () => {}); // SAFE: once it listens, the server's errors are those of single connections.
      resolve((http.address() as AddressInfo).port); // SAFE: it listens on a host and a port.
    });
  });
}

function listenText(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE') {
    return `port ${port} of ${host} is taken by another program. Choose another one with --port, for example --port ${port + 1}`;
  }
  if (error.code === 'EACCES') return `port ${port} may not be used by this user. Choose one above 1023 with --port`;
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return `${host} is no address of this machine. Choose one with --host`;
  }
  return `cannot listen on ${host}:${port}: ${error.message}`;
}

function closeServer(http: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    // Closing what is closed already is an error to Node, and what we want.
    http.close(() => resolve());
  });
  http.closeAllConnections();
  return closed;
}
