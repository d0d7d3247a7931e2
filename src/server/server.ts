import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { remoteQueueTarget, remoteTopicTarget } from '../delivery/aws/remote-targets.ts';
import { openDelivery, type Targets } from '../delivery/delivery.ts';
import { readRelay } from '../delivery/mail.ts';
import { openOutbox } from '../delivery/outbox.ts';
import { lambdaService } from '../functions/aws/lambda-service.ts';
import { eventSettings } from '../functions/event-settings.ts';
import { ANYBODY, actionOf, assumableRoles, isLoopback, relaxedRefusal } from '../identity/index.ts';
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
import type { Logger } from '../lib/log.ts';
import { bothMetrics, countedMetrics } from '../lib/metrics.ts';
import { embeddedMetrics } from '../services/cloudwatch/embedded-metrics.ts';
import type { Recorder } from '../services/cloudwatch/recorder.ts';
import { iamService } from '../services/iam/aws/iam-service.ts';
import { logsService } from '../services/logs/aws/logs-service.ts';
import { logGroupTarget } from '../services/logs/log-group-target.ts';
import { pipesService } from '../services/pipes/aws/pipes-service.ts';
import { corsDoor } from '../services/s3/aws/cors-door.ts';
import { formDoor } from '../services/s3/aws/form-door.ts';
import { openNotifier } from '../services/s3/notifier.ts';
import { verifyDoor } from '../services/ses/aws/verify-door.ts';
import { snsLinks } from '../services/sns/aws/links.ts';
import { stsService } from '../services/sts/aws/sts-service.ts';
import { mappingPart } from '../sources/aws/mapping-part.ts';
import { openMappings } from '../sources/mappings.ts';
import { Pollers } from '../sources/pollers.ts';
import { remoteQueues } from '../sources/sqs/aws/remote-queues.ts';
import { AwsError } from '../wire/aws-error.ts';
import { createEngine } from '../wire/engine.ts';
import { askFunction } from './ask-function.ts';
import { codeLinks } from './code-links.ts';
import { codeObjects } from './code-objects.ts';
import type { ServerConfig } from './config.ts';
import { openCore } from './core.ts';
import { functionUrlDoor } from './function-url-door.ts';
import { countGivenUp } from './given-up.ts';
import { openGuard } from './guard.ts';
import { lambdaMetrics } from './lambda-metrics.ts';
import { type Door, openListener } from './listener.ts';
import { metricsDoor } from './metrics-door.ts';
import { openNeighbours } from './neighbours.ts';
import { logDestinations, logMetrics } from './own-logs.ts';
import { ownPipes } from './own-pipes.ts';
import { mayReadOwn, ownQueues } from './own-queues.ts';

export interface RunningServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Where letters are taken by SMTP; undefined: nowhere. */
  readonly smtpPort: number | undefined;
  /** Takes no new connections, one last request of each old one, and waits for answers under way; at most until the signal aborts. */
  drain(signal: AbortSignal): Promise<void>;
}

const require = createRequire(import.meta.url);
const DRAIN_POLL_MS = 20;

/** Puts all rooms together and listens. What has been opened is closed again if a later step fails. */
export async function startServer(config: ServerConfig, ports: { clock: Clock; log: Logger }): Promise<RunningServer> {
  const { clock, log } = ports;
  const relaxed = config.auth === 'relaxed' ? relaxedRefusal(config.host) : undefined;
  if (relaxed !== undefined) throw new Error(relaxed);
  const relay = config.smtpRelay === undefined ? undefined : readRelay(config.smtpRelay);

  await using opened = new AsyncDisposableStack();
  const stopping = new AbortController();
  // First of all, so that a port that is taken is told before anything else is touched.
  const listener = opened.use(await openListener({ host: config.host, port: config.port, clock, log }));

  let recorder: Recorder | undefined;
  const wake = () => recorder?.wake();
  const embedded = embeddedMetrics({ clock, wake });
  const core = await openCore(config, { clock, log, platform: listener.http, throughLogs: embedded.through, opened });
  const { identity, iam, authorizer, roleExistence, functions, directory, environments, logs, data } = core;

  const freshTraceId = () => newTraceId(undefined, clock.nowMs(), randomUUID());
  const neighbours = openNeighbours(
    {
      ...{ dataDir: config.dataDir, clock, log, functions, relay },
      // Where any key is accepted, nobody's domain is anybody's.
      domainOwners: config.auth === 'relaxed' ? 'anybody' : (config.mailDomains ?? []),
      ask: askFunction({ invoke: (request) => invoke(request), uuid: randomUUID, newTraceId: freshTraceId }),
      assumable: assumableRoles(
        { existence: roleExistence, accounts: config.auth === 'relaxed' ? 'any' : 'own' },
        (arn) => iam.roleOfArn(arn)?.trustPolicy,
        'scheduler.amazonaws.com',
      ),
      delivery: () => delivery,
      outbox: () => outbox,
      onObjects: () => notifier.wake(),
    },
    opened,
  );
  const { sqs, s3, sns, ses, scheduler, mayReach, policies } = neighbours;
  const guard = openGuard({ authorizer, mayReach, policies });

  const { sqs: elsewhere } = config.serviceEndpoints ?? {};
  const queues = elsewhere === undefined ? ownQueues(sqs.core) : opened.use(remoteQueues({ endpoint: elsewhere }));
  // Another endpoint decides for itself; where any key is accepted, policies stand in nobody's way.
  const mayRead = elsewhere === undefined && config.auth === 'enforced' ? mayReadOwn(sqs.core, authorizer) : () => true;
  recorder = neighbours.cloudWatch.recorder;
  const lambdaCounts = lambdaMetrics({ clock, wake });
  recorder.add(lambdaCounts);
  recorder.add(embedded);
  const shown = countedMetrics();
  const metrics = bothMetrics(shown, lambdaCounts);
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
    judge: (by, roleArn) => authorizer.judge(by, 'sts:AssumeRole', roleArn),
  });
  const lambda = lambdaService(functions, links.url, [mappingPart(mappings)], codeObjects(s3.open, guard));
  const logging = logsService(
    logs.core,
    logDestinations(functions, () => delivery),
  );
  const pipes = opened.use(
    ownPipes(config, {
      ...{ core, queues, mayRead, clock, log, delivery: () => delivery },
      invoke: (request) => invoke(request),
    }),
  );
  const delivers = (service: string) => Object.hasOwn(targets, service);
  const piping = pipesService({ pipes: pipes.core, delivers });
  const services = [lambda, logging, iamService(iam), ...neighbours.services, piping, sts];
  const engine = createEngine({
    services: services.map(guard.guarded),
    authenticate: identity.authenticate,
    clock,
    log,
    newRequestId: randomUUID,
    stopping: stopping.signal,
  });
  const places = counting(config.accountConcurrency, clock);
  const targets: Targets = {
    ...neighbours.targets,
    ...remoteTargets(config.serviceEndpoints ?? {}, opened),
    logs: () =>
      logGroupTarget(
        () => logs.core,
        () => clock.nowMs(),
      ),
    lambda: () =>
      functionTarget({
        functions,
        invoke,
        uuid: randomUUID,
        newTraceId: (received) => newTraceId(received, clock.nowMs(), randomUUID()),
      }),
  };
  const delivery = openDelivery({ targets, policies: config.auth, judgeRole: authorizer.judgeRole });
  const outbox = opened.use(
    openOutbox({
      path: join(config.dataDir, 'deliveries.db'),
      delivery,
      clock,
      log,
      random: Math.random,
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
  const invoke = frontend({
    functions: directory,
    environments,
    counting: places,
    events,
    observer: lambdaCounts,
    onLoop: (runnable, requestId) => {
      const { account, region, name } = runnable;
      metrics.count('RecursiveInvocationsDropped', { account, region, function: name });
      log.warn(
        { function: runnable.functionArn, requestId },
        'a function invokes itself in a loop and was stopped: PutFunctionRecursionConfig lets it go on',
      );
    },
  });
  opened.use(
    logs.core.follow({
      deliver: (arn, message, from, signal) => delivery.deliver(arn, message, from, signal),
      record: logMetrics(neighbours.cloudWatch.core),
    }),
  );
  const invoking: InvokeDoorPorts = {
    invoke,
    authenticate: identity.authenticate,
    authorize: (by, arn) => guard.assertMay(by, actionOf('lambda', 'Invoke'), arn),
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
  const metricsPage = metricsDoor({
    authenticate: identity.authenticate,
    text: shown.text,
    writeError: (response, error) => engine.writeError(response, 'lambda', error, randomUUID()),
  });
  const invokeDoors = [invokeDoor(invoking), streamDoor(invoking), invokeAsyncDoor(invoking)];
  const corsOfBuckets = corsDoor({
    s3,
    writeError: (response, error) => {
      const requestId = randomUUID();
      if (!(error instanceof AwsError)) log.error({ err: error, requestId }, 'the rules of a bucket cannot be read');
      engine.writeError(response, 's3', error, requestId);
    },
  });
  const putObject = actionOf('s3', 'PutObject');
  const forms = formDoor({
    s3: s3.open,
    authenticatePolicy: identity.authenticatePolicy,
    anybody: ANYBODY,
    assertMayPut: (by, arn) => guard.assertMay(by, putObject, arn),
    mayReach: ({ principal }, arn) => mayReach(principal, putObject, arn),
    clock,
    newRequestId: randomUUID,
    writeError: (response, error, requestId) => {
      if (!(error instanceof AwsError)) log.error({ err: error, requestId }, 'a form could not be taken');
      engine.writeError(response, 's3', error, requestId);
    },
  });
  const openSmtp = async (port: number) => {
    // Its code, and that of the protocol, is for those who ask for it.
    const { openSmtpListener } =
      require('../services/ses/aws/smtp-listener.ts') as typeof import('../services/ses/aws/smtp-listener.ts');
    const { smtpCertificate } =
      require('../services/ses/smtp-certificate.ts') as typeof import('../services/ses/smtp-certificate.ts');
    return openSmtpListener({
      ...{ host: config.host, port, ses: ses.core, log, authenticate: identity.authenticateMail },
      takesPlainPasswords: isLoopback(config.host),
      certificate: await smtpCertificate(config.dataDir, clock.nowMs()),
    });
  };
  const everythingElse: Door = (request, response) => {
    engine.handle(request, response);
    return true;
  };
  listener.doors.push(
    // First, since a function URL may have any path.
    urlDoor,
    ...invokeDoors,
    links.handle,
    topicLinks,
    verifyDoor({ ses: ses.core, log }),
    metricsPage,
    corsOfBuckets,
    forms,
    everythingElse,
  );
  const smtp = config.smtpPort === undefined ? undefined : opened.use(await openSmtp(config.smtpPort));
  for (const runnable of directory.latest()) environments.expect(runnable);
  // The first request finds the schemas loaded; the server is ready before that.
  setImmediate(() => engine.warm('lambda')).unref();
  setImmediate(() => {
    if (s3.isUsed()) notifier.wake();
  }).unref();
  // What a former process has accepted goes on once this one is ready.
  for (const waiting of [events, outbox, ses, pipes]) {
    setImmediate(() =>
      waiting.resume().catch((error) => log.error({ err: error }, 'what waits cannot be read')),
    ).unref();
  }

  for (const firing of [scheduler, neighbours.events]) {
    setImmediate(() => {
      try {
        firing.resume();
      } catch (error) {
        log.error({ err: error }, 'the schedules cannot be read, and do not fire');
      }
    }).unref();
  }

  setImmediate(() => pollers.start()).unref();

  const owned = opened.move();
  return {
    host: config.host,
    port: listener.port,
    smtpPort: smtp?.port,
    drain: async (signal) => {
      listener.drain();
      events.stop();
      outbox.stop();
      neighbours.cloudWatch.stop();
      ses.stop();
      const delivered = sns.drain();
      const fired = [scheduler.drain(), neighbours.events.drain()];
      const polled = [pollers.drain(signal), pipes.drain(signal)];
      sqs.drain();
      // An invocation whose caller has left has no answer under way, and still runs to its end.
      while ((places.inFlight() > 0 || listener.underWay() > 0) && !signal.aborted) await clock.sleep(DRAIN_POLL_MS);
      await Promise.all([...polled, delivered, ...fired]);
      stopping.abort(new Error('Lambent is stopping'));
    },
    [Symbol.asyncDispose]: () => {
      stopping.abort(new Error('Lambent is stopping'));
      return owned.disposeAsync();
    },
  };
}

/** Queues and topics that are elsewhere, in place of our own. */
function remoteTargets(
  { sqs, sns }: NonNullable<ServerConfig['serviceEndpoints']>,
  opened: AsyncDisposableStack,
): Targets {
  const queues = sqs === undefined ? undefined : opened.use(remoteQueueTarget({ endpoint: sqs }));
  const topics = sns === undefined ? undefined : opened.use(remoteTopicTarget({ endpoint: sns }));
  return { ...(queues && { sqs: () => queues }), ...(topics && { sns: () => topics }) };
}
