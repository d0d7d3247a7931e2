import { gunzipSync } from 'node:zlib';
import { openDelivery } from '../../../delivery/delivery.ts';
import type { Target } from '../../../delivery/target.ts';
import { HERE } from './fixture.ts';

/** AWS's message to whoever is subscribed. */
export interface LogMessage {
  readonly messageType: string;
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
  readonly logEvents: readonly {
    readonly id: string;
    readonly timestamp: number;
    readonly message: string;
    readonly extractedFields?: Readonly<Record<string, string>>;
  }[];
}

export const functionArn = (name: string) => `arn:aws:lambda:${HERE.region}:${HERE.account}:function:${name}`;

/** What lets the log service of this region in, for this group's ARN with `:*`, or for any. */
export const letsLogsIn = (name: string, principal = `logs.${HERE.region}.amazonaws.com`, sourceArn?: string) =>
  JSON.stringify({
    Effect: 'Allow',
    Principal: { Service: principal },
    Action: 'lambda:InvokeFunction',
    Resource: functionArn(name),
    ...(sourceArn === undefined ? {} : { Condition: { ArnLike: { 'AWS:SourceArn': sourceArn } } }),
  });

/** Functions as targets of deliveries: they have policies, and keep what they get. `fail` says how a delivery ends. */
export function testFunctions() {
  const policies = new Map<string, readonly string[]>();
  const received: { name: string; message: LogMessage }[] = [];
  const failures: Error[] = [];
  const nameOf = (resource: string) => resource.split(':')[1] ?? '';
  const target: Target = {
    action: 'lambda:InvokeFunction',
    find({ account, resource }) {
      const policy = policies.get(nameOf(resource));
      return policy && { account, policy };
    },
    async deliver({ resource }, { body }) {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      const { awslogs } = JSON.parse(body.toString()) as { awslogs: { data: string } };
      const message = JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')).toString()) as LogMessage;
      received.push({ name: nameOf(resource), message });
    },
  };
  // Nobody delivers with a role here.
  const delivery = openDelivery({
    targets: { lambda: () => target },
    policies: 'enforced',
    judgeRole: () => undefined,
  });
  return {
    delivery,
    received,
    /** How the next deliveries end. */
    failures,
    put: (name: string, policy: readonly string[] = [letsLogsIn(name)]) => policies.set(name, policy),
    logGroupOf: (arn: string) => `/aws/lambda/${arn.split(':')[6]}`,
    /** The texts of all events that a function has got. */
    texts: (name: string) =>
      received
        .filter((one) => one.name === name)
        .flatMap(({ message }) => message.logEvents.map(({ message }) => message)),
  };
}
