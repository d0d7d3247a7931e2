import { Malformed } from '../codecs/malformed.ts';
import { readQuery } from '../codecs/query.ts';
import type { TextStyle } from '../codecs/text.ts';
import { element, escapeXml, textElement, writeXmlMembers } from '../codecs/xml.ts';
import type { ServiceDefinition } from '../service.ts';
import { errorTexts } from './error-body.ts';
import type { Protocol } from './protocol.ts';

const STYLE: TextStyle = { timestamps: 'date-time', fraction: 'when-set' };

/** IAM, STS, and old clients of SQS, SNS and CloudWatch: a form in, XML out. */
export const awsQuery: Protocol = {
  read: ({ input }, incoming) => {
    const read = readQuery(input?.members ?? [], incoming.query);
    const wantsQueue = input?.members.some(({ name }) => name === 'QueueUrl') && read.QueueUrl === undefined;
    // SQS: the oldest clients post to the queue's own URL instead of naming it.
    return wantsQueue && incoming.path !== '/' ? { ...read, QueueUrl: incoming.origin + incoming.path } : read;
  },
  write: (service, { name, output }, value, requestId) => {
    const result =
      output === undefined ? '' : element(`${name}Result`, writeXmlMembers(output.members, value, STYLE).content);
    const metadata = element('ResponseMetadata', textElement('RequestId', requestId));
    return {
      status: 200,
      headers: { 'Content-Type': 'text/xml' },
      body: element(`${name}Response`, result + metadata, namespace(service)),
    };
  },
  writeError: (service, error) => {
    const details = errorTexts(error)
      .map(([name, text]) => textElement(name, text))
      .join('');
    const content =
      textElement('Type', error.status < 500 ? 'Sender' : 'Receiver') +
      textElement('Code', error.queryCode) +
      textElement('Message', error.message ?? '') +
      details;
    return {
      status: error.shape?.traits.awsQueryError?.[1] ?? error.status,
      headers: { 'Content-Type': 'text/xml' },
      body: element(
        'ErrorResponse',
        element('Error', content) + textElement('RequestId', error.requestId),
        namespace(service),
      ),
    };
  },
  events: {
    contentType: 'text/xml',
    read: () => {
      throw new Malformed('The query protocol has no event streams');
    },
    write: () => {
      throw new TypeError('the query protocol has no event streams');
    },
  },
};

function namespace({ xmlNamespace }: ServiceDefinition): string {
  return xmlNamespace === undefined ? '' : ` xmlns="${escapeXml(xmlNamespace)}"`;
}
