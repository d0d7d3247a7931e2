import { AwsError } from './aws-error.ts';
import type { Call } from './call.ts';
import type { MemberConstraints } from './constraints.ts';
import { candidates, hostBucket, isForm, type RequestHead, scopedService, targetOf } from './identify.ts';
import type { createRouter, Match } from './route.ts';
import type { Model } from './schema.ts';
import type { ProtocolName, ServiceDefinition } from './service.ts';

/** A service with its schemas. */
export interface Loaded {
  readonly definition: ServiceDefinition;
  readonly model: Model;
  readonly route: ReturnType<typeof createRouter>;
  readonly constraints: Readonly<Record<string, MemberConstraints | undefined>>;
}

/** Tells the service that a request means, reading its form if nothing else tells. Throws AWS's refusals. */
export async function selectService(
  services: readonly ServiceDefinition[],
  call: Call,
  load: (definition: ServiceDefinition) => Loaded,
): Promise<ServiceDefinition> {
  const { head } = call;
  const possible = candidates(services, head);
  const [first] = possible;
  if (first === undefined) throw unsupported(`the service ${scopedService(head) ?? targetOf(head)?.service}`);
  if (possible.length === 1) return first;
  const found = isQuery(head) ? await byVersion(possible, call) : byPath(possible, head, load);
  if (found !== undefined) return found;
  throw new AwsError('UnknownOperationException', `No service answers ${head.method} ${head.path}`);
}

/** Tells the operation of a service. Throws UnknownOperationException. */
export async function selectOperation(
  { definition, model, route }: Loaded,
  protocol: ProtocolName,
  call: Call,
): Promise<Match> {
  const { head } = call;
  if (protocol === 'restJson1' || protocol === 'restXml') {
    const match = route({ ...head, hostBucket: bucketOf(definition, head) });
    if (match !== undefined) return match;
    throw unknown(notKnown(definition, `${head.method} ${head.path}`));
  }
  const isAction = protocol === 'awsQuery';
  const name = isAction ? await parameter(call, 'Action') : targetedOperation(definition, head);
  const operation = model.operations.get(name ?? '');
  if (operation !== undefined) return { operation, labels: new Map() };
  // The first are IAM's words.
  throw unknown(
    isAction
      ? `The action ${name ?? ''} is not valid for this web service.`
      : notKnown(definition, targetOf(head)?.operation ?? `${head.method} ${head.path}`),
  );
}

/** A newer client may know it, and AWS too: then it is missing here, not there. */
const notKnown = ({ name }: ServiceDefinition, what: string) => `Lambent knows no operation of ${name} that is ${what}`;

/** What we do not have, named: an honest answer is better than a made-up success. */
export function unsupported(what: string): AwsError {
  return new AwsError('NotImplemented', `Lambent does not support ${what} yet.`);
}

async function byVersion(possible: readonly ServiceDefinition[], call: Call): Promise<ServiceDefinition | undefined> {
  const version = await parameter(call, 'Version');
  return possible.find(({ protocols, apiVersion }) => protocols.includes('awsQuery') && apiVersion === version);
}

function byPath(
  possible: readonly ServiceDefinition[],
  head: RequestHead,
  load: (definition: ServiceDefinition) => Loaded,
): ServiceDefinition | undefined {
  const rest = possible.filter(({ protocols: [first] }) => first === 'restJson1' || first === 'restXml');
  // Any path may be a bucket's, so S3 gets what nobody else takes.
  const inOrder = [
    ...rest.filter(({ dialect }) => dialect !== 's3'),
    ...rest.filter(({ dialect }) => dialect === 's3'),
  ];
  return inOrder.find((definition) => {
    return load(definition).route({ ...head, hostBucket: bucketOf(definition, head) }) !== undefined;
  });
}

function isQuery(head: RequestHead): boolean {
  return isForm(head) || head.query.some(([name]) => name === 'Action');
}

async function parameter(call: Call, wanted: string): Promise<string | undefined> {
  return (await call.parameters()).find(([name]) => name === wanted)?.[1];
}

function bucketOf({ dialect }: ServiceDefinition, { headers }: RequestHead): string | undefined {
  return dialect === 's3' ? hostBucket(headers.host) : undefined;
}

function targetedOperation({ target }: ServiceDefinition, head: RequestHead): string | undefined {
  const asked = targetOf(head);
  return asked?.service === target ? asked?.operation : undefined;
}

function unknown(message: string): AwsError {
  return new AwsError('UnknownOperationException', message);
}
