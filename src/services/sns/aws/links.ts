import type { IncomingMessage, ServerResponse } from 'node:http';
import { element, escapeXml, textElement } from '../../../wire/codecs/xml.ts';
import { SnsRefused } from '../refusal.ts';
import type { Sns } from '../sns.ts';
import { subscriptionUuid } from './access.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { SNS_NAMESPACE } from './sns-service.ts';
import { confirmed } from './subscriptions.ts';

export interface SnsLinkPorts {
  readonly sns: () => Sns;
  readonly newRequestId: () => string;
  readonly writeError: (response: ServerResponse, error: unknown, requestId: string) => void;
}

/**
 * What subscribers open with a plain GET: the links to confirm and to unsubscribe, and the certificate of signatures.
 * Answers whether the request was one of these; a signed one is for the engine.
 */
export function snsLinks({ sns, newRequestId, writeError }: SnsLinkPorts) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const { method, url = '/', headers } = request;
    if (method !== 'GET' || headers.authorization !== undefined) return false;
    const answer = answerTo(url);
    if (answer === undefined) return false;
    const requestId = newRequestId();
    answer(sns(), requestId).then(
      ({ type, body }) => {
        response.writeHead(200, { 'Content-Type': type, 'x-amzn-RequestId': requestId });
        response.end(body);
      },
      (error: unknown) =>
        writeError(response, error instanceof SnsRefused ? refusalToAws(error.refusal) : error, requestId),
    );
    return true;
  };
}

type LinkAnswer = (sns: Sns, requestId: string) => Promise<{ type: string; body: string }>;

function answerTo(url: string): LinkAnswer | undefined {
  if (CERTIFICATE.test(url)) return (sns) => certificate(sns, url);
  if (!url.startsWith('/?') || !url.includes('Action=')) return undefined;
  const query = new URLSearchParams(url.slice(2));
  if (query.has('X-Amz-Signature')) return undefined;
  const action = query.get('Action');
  if (action === 'ConfirmSubscription') return (sns, requestId) => confirm(sns, query, requestId);
  if (action === 'Unsubscribe') return (sns, requestId) => unsubscribe(sns, query, requestId);
  return undefined;
}

const CERTIFICATE = /^\/SimpleNotificationService-[0-9a-f]{32}\.pem$/;

async function certificate(sns: Sns, path: string) {
  const signer = await sns.signer();
  // A certificate of former times is not this one.
  if (path !== signer.certificatePath) throw new SnsRefused({ kind: 'no-such-certificate' });
  return { type: 'application/x-pem-file', body: signer.certificate };
}

async function confirm(sns: Sns, query: URLSearchParams, requestId: string) {
  const by = { authenticated: false, authenticateOnUnsubscribe: false };
  const arn = await confirmed(sns, query.get('TopicArn') ?? undefined, undefined, query.get('Token') ?? '', by);
  return xml(
    'ConfirmSubscription',
    element('ConfirmSubscriptionResult', textElement('SubscriptionArn', arn)),
    requestId,
  );
}

async function unsubscribe(sns: Sns, query: URLSearchParams, requestId: string) {
  await sns.unsubscribe(subscriptionUuid(query.get('SubscriptionArn') ?? undefined), 'anybody');
  return xml('Unsubscribe', '', requestId);
}

function xml(action: string, result: string, requestId: string) {
  const metadata = element('ResponseMetadata', textElement('RequestId', requestId));
  return {
    type: 'text/xml',
    body: element(`${action}Response`, result + metadata, ` xmlns="${escapeXml(SNS_NAMESPACE)}"`),
  };
}
