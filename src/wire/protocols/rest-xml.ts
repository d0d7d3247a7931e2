import { isBound, writeBindings } from '../codecs/http-bindings.ts';
import { Malformed } from '../codecs/malformed.ts';
import type { TextStyle } from '../codecs/text.ts';
import {
  element,
  escapeXml,
  parseXml,
  readXmlMembers,
  textElement,
  writeXmlMembers,
  writeXmlStructure,
  XML_DECLARATION,
} from '../codecs/xml.ts';
import type { Structure } from '../schema.ts';
import type { ServiceDefinition } from '../service.ts';
import { errorTexts } from './error-body.ts';
import type { Answer, ErrorAnswer, Protocol } from './protocol.ts';
import { restProtocol } from './rest.ts';

/** S3 writes milliseconds, zero or not. */
const STYLE: TextStyle = { timestamps: 'date-time', fraction: 'always' };

/** S3, and a few services of its age. */
export const restXml: Protocol = restProtocol({
  contentType: 'application/xml',
  // The root's name is not looked at: clients differ in it, and S3 does not mind.
  readBody: (members, body) => (body.length === 0 ? {} : readXmlMembers(members, parseXml(body))),
  readPayload: (shape, body) => {
    if (shape.kind !== 'structure' && shape.kind !== 'union') throw new Malformed('Unexpected XML');
    return readXmlMembers(shape.members, parseXml(body));
  },
  writeBody: (service, operation, members, output) => {
    const { output: structure } = operation;
    if (structure === undefined) return '';
    if (service.dialect === 's3' && operation.name === 'GetBucketLocation') return bucketLocation(service, output);
    return document(service, structure.traits.xmlName ?? structure.name, { ...structure, members }, output);
  },
  writePayload: (service, { shape, ownTraits }, value) => {
    if (shape.kind !== 'structure' && shape.kind !== 'union') throw new TypeError(`a ${shape.kind} is no XML document`);
    return document(service, ownTraits.xmlName ?? shape.traits.xmlName ?? shape.name, shape, value);
  },
  writeError,
  events: {
    contentType: 'text/xml',
    read: (structure, body) => readXmlMembers(structure.members, parseXml(body)),
    write: (structure, value) => XML_DECLARATION + writeXmlStructure(structure.name, structure, value, STYLE),
  },
});

function document(service: ServiceDefinition, name: string, structure: Structure, value: unknown): string {
  return XML_DECLARATION + writeXmlStructure(name, structure, value, STYLE, service.xmlNamespace);
}

/** The one answer whose only member is its root (`s3UnwrappedXmlOutput`, a trait that the SDK's schemas leave out). */
function bucketLocation(service: ServiceDefinition, output: Readonly<Record<string, unknown>>): string {
  const { LocationConstraint: location } = output;
  const namespace = service.xmlNamespace === undefined ? '' : ` xmlns="${escapeXml(service.xmlNamespace)}"`;
  return (
    XML_DECLARATION + element('LocationConstraint', typeof location === 'string' ? escapeXml(location) : '', namespace)
  );
}

function writeError(service: ServiceDefinition, error: ErrorAnswer): Answer {
  const bound = writeBindings(error.shape?.members ?? [], error.members);
  const inBody = (error.shape?.members ?? []).filter((member) => !isBound(member));
  const modelled = new Set(inBody.map(({ name }) => name));
  const content =
    textElement('Code', error.code) +
    textElement('Message', error.message ?? '') +
    writeXmlMembers(
      inBody.filter(({ name }) => name.toLowerCase() !== 'message'),
      error.members,
      STYLE,
    ).content +
    errorTexts(error)
      .filter(([name]) => !modelled.has(name))
      .map(([name, text]) => textElement(name, text))
      .join('');
  const body =
    service.dialect === 's3'
      ? element('Error', content + textElement('RequestId', error.requestId) + textElement('HostId', error.requestId))
      : element(
          'ErrorResponse',
          element('Error', textElement('Type', error.status < 500 ? 'Sender' : 'Receiver') + content) +
            textElement('RequestId', error.requestId),
          service.xmlNamespace === undefined ? '' : ` xmlns="${escapeXml(service.xmlNamespace)}"`,
        );
  return {
    status: error.status,
    headers: { 'Content-Type': 'application/xml', ...bound.headers },
    body: XML_DECLARATION + body,
  };
}
