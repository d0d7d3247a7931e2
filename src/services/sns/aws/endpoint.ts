import { type Arn, parseArn } from '../../../delivery/arn.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import { PROTOCOLS, type SubscriptionProtocol } from '../subscription.ts';
import { FIFO_SUFFIX, type Topic } from '../topic.ts';
import { invalid, notYet } from './words.ts';

/** Protocols that AWS has and Lambent does not. */
const NOT_YET = ['sms', 'application', 'firehose'];

export interface Endpoint {
  readonly protocol: SubscriptionProtocol;
  readonly endpoint: string;
  /** Of queues and functions. */
  readonly arn: Arn | undefined;
}

/** Protocol and endpoint of a subscription to the topic. Throws InvalidParameter, and NotImplemented. */
export function checkedEndpoint(
  topic: Topic,
  { protocol, endpoint, canMail }: { protocol: string; endpoint: string; canMail: boolean },
): Endpoint {
  const known = PROTOCOLS.find((one) => one === protocol);
  if (known === undefined) {
    if (NOT_YET.includes(protocol)) throw notYet(`subscriptions by ${protocol}`);
    throw invalid(`Amazon SNS does not support this protocol string: ${protocol}`);
  }
  const arn = checkForm(known, endpoint);
  if (known.startsWith('email') && !canMail) {
    throw new AwsError(
      'NotImplemented',
      'Lambent sends no mail: start it with --smtp-relay smtp://user:password@host:587?from=news@example.com to have a relay.',
    );
  }
  // Recorded: both words stand there twice.
  const order = 'Invalid parameter: Endpoint Reason:';
  if (topic.settings.fifo !== undefined && known !== 'sqs') throw invalid(`${order} Please use FIFO SQS queue`);
  if (topic.settings.fifo === undefined && known === 'sqs' && endpoint.endsWith(FIFO_SUFFIX))
    throw invalid(`${order} FIFO SQS Queues can not be subscribed to standard SNS topics`);
  return { protocol: known, endpoint, arn };
}

function checkForm(protocol: SubscriptionProtocol, endpoint: string): Arn | undefined {
  switch (protocol) {
    case 'http':
    case 'https':
      if (!endpoint.startsWith(`${protocol}://`)) throw invalid('Endpoint must match the specified protocol');
      if (!URL.canParse(endpoint)) throw invalid('Endpoint');
      return undefined;
    case 'email':
    case 'email-json':
      if (!/^[^@\s,;<>"]+@[^@\s,;<>"]+$/.test(endpoint)) throw invalid('Email address');
      return undefined;
    case 'sqs':
    case 'lambda': {
      const arn = parseArn(endpoint);
      const isRight = arn !== undefined && arn.service === protocol && arn.account !== '' && arn.region !== '';
      if (!isRight || (protocol === 'lambda') !== arn.resource.startsWith('function:'))
        throw invalid(protocol === 'sqs' ? 'SQS endpoint ARN' : 'Lambda endpoint ARN');
      return arn;
    }
  }
}
