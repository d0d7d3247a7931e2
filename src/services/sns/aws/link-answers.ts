import { element, escapeXml, textElement } from '../../../wire/codecs/xml.ts';
import { SnsRefused } from '../refusal.ts';
import type { Sns } from '../sns.ts';
import { subscriptionUuid } from './access.ts';
import type { Link } from './links.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { SNS_NAMESPACE } from './sns-service.ts';
import { confirmed } from './subscriptions.ts';

/** What a link is answered. Throws `AwsError`. */
export async function linkAnswer(sns: Sns, link: Link, requestId: string): Promise<{ type: string; body: string }> {
  try {
    switch (link.kind) {
      case 'certificate':
        return await certificate(sns, link.path);
      case 'confirm':
        return await confirm(sns, link.query, requestId);
      case 'unsubscribe':
        return await unsubscribe(sns, link.query, requestId);
    }
  } catch (error) {
    throw error instanceof SnsRefused ? refusalToAws(error.refusal) : error;
  }
}

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
