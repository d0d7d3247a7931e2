// Which operations each service of Lambent has: AWS's model beside our handlers.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { lambdaService } from '../../src/functions/aws/lambda-service.ts';
import { invokeAsyncDoor } from '../../src/invoke/aws/invoke-async-door.ts';
import { invokeDoor } from '../../src/invoke/aws/invoke-door.ts';
import { streamDoor } from '../../src/invoke/aws/stream-door.ts';
import { cloudWatchService } from '../../src/services/cloudwatch/aws/cloudwatch-service.ts';
import { eventsService } from '../../src/services/events/aws/events-service.ts';
import { iamService } from '../../src/services/iam/aws/iam-service.ts';
import { logsService } from '../../src/services/logs/aws/logs-service.ts';
import { pipesService } from '../../src/services/pipes/aws/pipes-service.ts';
import { bucketSettingsPart, notificationPart } from '../../src/services/s3/aws/s3-parts.ts';
import { s3Service } from '../../src/services/s3/aws/s3-service.ts';
import { schedulerService } from '../../src/services/scheduler/aws/scheduler-service.ts';
import { sesService } from '../../src/services/ses/aws/ses-service.ts';
import { sesV2Service } from '../../src/services/ses/aws/v2/ses-v2-service.ts';
import { snsService } from '../../src/services/sns/aws/sns-service.ts';
import { sqsService } from '../../src/services/sqs/aws/sqs-service.ts';
import { stsService } from '../../src/services/sts/aws/sts-service.ts';
import { mappingPart } from '../../src/sources/aws/mapping-part.ts';
import { readModel } from '../../src/wire/schema.ts';
import type { ServiceDefinition } from '../../src/wire/service.ts';

export interface Service {
  /** `lambda`, as in `services/<name>`. */
  readonly name: string;
  /** As its users call it. */
  readonly title: string;
  /** The client by whose name the tests' notes go: `LambdaClient`. */
  readonly client: string;
  readonly operations: readonly Operation[];
}

export interface Operation {
  readonly name: string;
  readonly works: boolean;
  /** Errors that AWS's model names for it, in its order. */
  readonly errors: readonly string[];
}

const require = createRequire(import.meta.url);

/** Operations that are answered before the engine is asked. */
const DOORS: Readonly<Record<string, unknown>> = {
  Invoke: invokeDoor,
  InvokeAsync: invokeAsyncDoor,
  InvokeWithResponseStream: streamDoor,
};

/**
 * Services with all operations of AWS's newest model, by name. Another one needs a line here, a place in
 * docs/compatibility.md like those of the others, and tests whose clients are `noting` (src/wire/testing/seen-answers.ts).
 */
export function services(): readonly Service[] {
  // SAFE: handlers are only listed here, and never called; what makes them just keeps what it is given.
  const nobody: never = new Proxy(() => {}, { get: () => nobody, apply: () => nobody }) as never;
  return [
    service('AWS Lambda', lambdaService(nobody, nobody, [mappingPart(nobody)]), 'client-lambda', DOORS),
    service('IAM', iamService(nobody), 'client-iam'),
    service('STS', stsService(nobody), 'client-sts'),
    service('SQS', sqsService(nobody), 'client-sqs'),
    service('SNS', snsService(nobody), 'client-sns'),
    service('SES', sesService(nobody), 'client-ses'),
    service('SES v2', sesV2Service(nobody), 'client-sesv2'),
    service('EventBridge Scheduler', schedulerService(nobody), 'client-scheduler'),
    service('CloudWatch Logs', logsService(nobody, nobody), 'client-cloudwatch-logs'),
    service('CloudWatch', cloudWatchService(nobody), 'client-cloudwatch'),
    service('EventBridge', eventsService(nobody), 'client-eventbridge'),
    service('EventBridge Pipes', pipesService(nobody), 'client-pipes'),
    service('S3', s3Service(nobody, [notificationPart(nobody), bucketSettingsPart(nobody)]), 'client-s3'),
  ];
}

function service(title: string, { name, load, handlers }: ServiceDefinition, module: string, doors = {}): Service {
  const client = load();
  const commands = join(dirname(require.resolve(`@aws-sdk/${module}`)), '../dist-types/commands');
  const operations = [...readModel(client).operations.keys()].sort().map((operation) => ({
    name: operation,
    works: operation in handlers || operation in doors,
    errors: modelledErrors(join(commands, `${operation}Command.d.ts`)),
  }));
  const clientName = Object.keys(client).find((key) => /^[A-Z]\w+Client$/.test(key));
  if (clientName === undefined) throw new Error(`@aws-sdk/${module} exports no client`);
  return { name, title, client: clientName, operations };
}

/** The schemas do not say which errors an operation has; the client's documentation, made from the same model, does. */
function modelledErrors(file: string): string[] {
  const named = [...readFileSync(file, 'utf8').matchAll(/@throws \{@link (\w+)\} \((?:client|server) fault\)/g)];
  return named.map((match) => match[1] ?? '');
}
