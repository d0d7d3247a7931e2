import { parseArn } from '../../delivery/arn.ts';
import type { Message, MessageAttribute } from '../../delivery/message.ts';
import { Undeliverable } from '../../delivery/undeliverable.ts';
import { own } from '../../lib/own.ts';
import type { ScheduleTarget, Scope } from './schedule.ts';

/** What is delivered where. */
export interface Outgoing {
  readonly arn: string;
  readonly message: Message;
}

/** What a target comes down to: an operation of a service, as the target's ARN names it, or as the resource implies it. */
export interface TargetOperation {
  readonly service: string;
  readonly operation: string;
  /** `resource`: AWS's templated target; `universal`: its input is the request of the operation. */
  readonly kind: 'resource' | 'universal';
}

/** By the service in a resource's ARN: what AWS's templated target does. */
const TEMPLATES: Readonly<Record<string, readonly [service: string, operation: string]>> = {
  lambda: ['lambda', 'invoke'],
  sqs: ['sqs', 'sendMessage'],
  sns: ['sns', 'publish'],
  events: ['eventbridge', 'putEvents'],
};

/** undefined for what Lambent cannot do. */
export function operationOf(targetArn: string): TargetOperation | undefined {
  const [, named, called] = /^arn:aws:scheduler:::aws-sdk:([a-z0-9-]+):(\w+)$/.exec(targetArn) ?? [];
  if (named !== undefined && called !== undefined) {
    const isKnown = Object.values(TEMPLATES).some(([service, operation]) => service === named && operation === called);
    return isKnown ? { kind: 'universal', service: named, operation: called } : undefined;
  }
  const [service, operation] = own(TEMPLATES, parseArn(targetArn)?.service ?? '') ?? [];
  return service === undefined || operation === undefined ? undefined : { kind: 'resource', service, operation };
}

/** What one fire delivers. `input`: with everything filled in. Throws `Undeliverable` for a request that is none. */
export function outgoingOf(
  target: Pick<ScheduleTarget, 'arn' | 'groupId' | 'event'>,
  input: string,
  scope: Scope,
): Outgoing[] {
  const operation = operationOf(target.arn);
  if (operation === undefined) throw new Undeliverable('unsupported-target', `Lambent cannot call ${target.arn} yet`);
  if (operation.kind === 'universal') return requestOf(operation.service, readRequest(input), scope);
  const { event, groupId } = target;
  const facts = event === undefined ? undefined : { ...event, resources: [] };
  return [{ arn: target.arn, message: { body: Buffer.from(input), groupId, event: facts } }];
}

type Request = Readonly<Record<string, unknown>>;

function requestOf(service: string, request: Request, scope: Scope): Outgoing[] {
  switch (service) {
    case 'lambda':
      return [invocation(request, scope)];
    case 'sqs':
      return [queueMessage(request, scope)];
    case 'sns':
      return [topicMessage(request)];
    default:
      return busEvents(request, scope);
  }
}

function invocation(request: Request, { account, region }: Scope): Outgoing {
  const name = textOf(request, 'FunctionName');
  const qualifier = request.Qualifier === undefined ? '' : `:${textOf(request, 'Qualifier')}`;
  const isArn = name.startsWith('arn:');
  // `name`, `name:alias`, `account:function:name` or an ARN.
  const [, owner = account, resource = name] = /^(\d{12}):function:(.+)$/.exec(name) ?? [];
  const arn = isArn ? name : `arn:aws:lambda:${region}:${owner}:function:${resource}`;
  if (request.InvocationType !== 'Event')
    throw refused('Lambent invokes the functions of schedules with InvocationType Event only, yet');
  const payload = request.Payload === undefined ? '{}' : request.Payload;
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return { arn: `${arn}${qualifier}`, message: { body: Buffer.from(body) } };
}

function queueMessage(request: Request, { region }: Scope): Outgoing {
  const url = textOf(request, 'QueueUrl');
  const [, account, name] = /\/(\d{12})\/([\w.-]+)$/.exec(url) ?? [];
  if (account === undefined || name === undefined) throw refused(`${url} is no address of a queue`);
  if (request.DelaySeconds !== undefined) throw refused('Lambent does not delay the messages of schedules yet');
  return {
    arn: `arn:aws:sqs:${region}:${account}:${name}`,
    message: {
      body: Buffer.from(textOf(request, 'MessageBody')),
      attributes: attributesOf(request.MessageAttributes),
      groupId: optionalText(request, 'MessageGroupId'),
      deduplicationId: optionalText(request, 'MessageDeduplicationId'),
    },
  };
}

function topicMessage(request: Request): Outgoing {
  return {
    arn: textOf(request, 'TopicArn'),
    message: {
      body: Buffer.from(textOf(request, 'Message')),
      attributes: attributesOf(request.MessageAttributes),
      subject: optionalText(request, 'Subject'),
      groupId: optionalText(request, 'MessageGroupId'),
      deduplicationId: optionalText(request, 'MessageDeduplicationId'),
    },
  };
}

function busEvents({ Entries }: Request, { account, region }: Scope): Outgoing[] {
  if (!Array.isArray(Entries) || Entries.length === 0) throw refused('PutEvents without Entries');
  return Entries.map((entry: unknown) => {
    if (!isRequest(entry)) throw refused('PutEvents with an entry that is no object');
    const bus = optionalText(entry, 'EventBusName') ?? 'default';
    const resources = Array.isArray(entry.Resources) ? entry.Resources.map(String) : [];
    return {
      arn: bus.startsWith('arn:') ? bus : `arn:aws:events:${region}:${account}:event-bus/${bus}`,
      message: {
        body: Buffer.from(textOf(entry, 'Detail')),
        event: { source: textOf(entry, 'Source'), detailType: textOf(entry, 'DetailType'), resources },
      },
    };
  });
}

function readRequest(input: string): Request {
  try {
    const request: unknown = JSON.parse(input);
    if (isRequest(request)) return request;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw refused('the input of the schedule is no JSON object');
}

function attributesOf(attributes: unknown): Record<string, MessageAttribute> | undefined {
  if (!isRequest(attributes)) return undefined;
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => {
      if (!isRequest(attribute)) throw refused(`the message attribute ${name} is no object`);
      const value = optionalText(attribute, 'StringValue') ?? textOf(attribute, 'BinaryValue');
      return [name, { type: textOf(attribute, 'DataType'), value }];
    }),
  );
}

function textOf(request: Request, name: string): string {
  const text = optionalText(request, name);
  if (text === undefined) throw refused(`the input of the schedule has no ${name}`);
  return text;
}

function optionalText(request: Request, name: string): string | undefined {
  const value = own(request, name);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw refused(`${name} in the input of the schedule is no text`);
  return value;
}

const isRequest = (value: unknown): value is Request =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refused = (why: string) => new Undeliverable('refused', why);
