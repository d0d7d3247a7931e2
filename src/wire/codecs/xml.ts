import { createRequire } from 'node:module';
import type { Member, Shape, Structure } from '../schema.ts';
import { assertDepth, Malformed } from './malformed.ts';
import { readText, type TextStyle, writeText } from './text.ts';
import { isTree, put, type Tree } from './tree.ts';

/** One element of a document: its children in order, the text between them joined. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

const READ: TextStyle = { timestamps: 'date-time', fraction: 'when-set' };
const require = createRequire(import.meta.url);

/** Parses a whole document. Document types are refused, so there are no entities to expand. Throws `Malformed`. */
export function parseXml(body: Uint8Array): XmlElement {
  const { SaxesParser } = require('saxes') as typeof import('saxes');
  const parser = new SaxesParser();
  const open: { name: string; attributes: Record<string, string>; children: XmlElement[]; text: string }[] = [];
  let root: XmlElement | undefined;
  parser.on('error', (error) => {
    throw new Malformed('The XML you provided was not well-formed', { cause: error });
  });
  parser.on('doctype', () => {
    throw new Malformed('The XML you provided has a document type');
  });
  parser.on('opentag', ({ name, attributes }) => {
    open.push({ name: localName(name), attributes, children: [], text: '' });
    assertDepth(open.length);
  });
  const addText = (text: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const element = open.pop();
    const parent = open.at(-1);
    if (element !== undefined && parent !== undefined) parent.children.push(element);
    else root = element;
  });
  parser.write(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')).close();
  if (root === undefined) throw new Malformed('The XML you provided was not well-formed');
  return root;
}

/** Reads the members of a structure from an element; unknown elements are skipped. Throws `Malformed`. */
export function readXmlMembers(members: readonly Member[], element: XmlElement): Tree {
  const read: Record<string, unknown> = {};
  for (const member of members) {
    const value = readXmlMember(member, element);
    if (value !== undefined) read[member.name] = value;
  }
  return read;
}

/** Writes the members that are there: attributes first, then elements, all escaped. */
export function writeXmlMembers(
  members: readonly Member[],
  value: unknown,
  style: TextStyle,
): { attributes: string; content: string } {
  if (!isTree(value)) throw new TypeError(`a structure of the answer is a ${typeof value}`);
  let attributes = '';
  let content = '';
  for (const member of members) {
    const inner = value[member.name];
    if (inner === undefined || inner === null) continue;
    const name = member.ownTraits.xmlName ?? member.name;
    if (member.traits.xmlAttribute) {
      attributes += ` ${name}="${escapeXml(writeText(member.shape, inner, style))}"`;
    } else {
      content += writeMember(member, name, inner, style);
    }
  }
  return { attributes, content };
}

/** A structure as one element, `<name xmlns="…">…</name>`. */
export function writeXmlStructure(
  name: string,
  structure: Structure,
  value: unknown,
  style: TextStyle,
  xmlns?: string,
): string {
  const { attributes, content } = writeXmlMembers(structure.members, value, style);
  const namespace = structure.traits.xmlNamespace ?? (xmlns === undefined ? undefined : (['', xmlns] as const));
  return element(name, content, namespaceAttribute(namespace) + attributes);
}

/** `<name>text</name>`, escaped. */
export function textElement(name: string, text: string): string {
  return element(name, escapeXml(text));
}

export function element(name: string, content: string, attributes = ''): string {
  return content === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`;
}

/** Escapes what XML cannot hold; control characters that no XML can hold become the replacement character. */
export function escapeXml(text: string): string {
  return text.replace(ESCAPED, (character) => ESCAPES[character] ?? '\uFFFD');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: SAFE: these are the characters that XML 1.0 forbids.
const ESCAPED = /[&<>"'\r\n\u0085\u2028\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A reader turns raw line ends into "\n" and, in attributes, into blanks.
  '\r': '&#13;',
  '\n': '&#10;',
  '\u0085': '&#133;',
  '\u2028': '&#8232;',
};

function readXmlMember(member: Member, parent: XmlElement): unknown {
  const { shape, traits } = member;
  const name = member.ownTraits.xmlName ?? member.name;
  if (traits.xmlAttribute) {
    const attribute = Object.entries(parent.attributes).find(([given]) => localName(given) === localName(name));
    return attribute === undefined ? undefined : readText(shape, attribute[1], READ);
  }
  const found = parent.children.filter((child) => child.name === localName(name));
  const first = found[0];
  if (first === undefined) return undefined;
  if (traits.xmlFlattened && shape.kind === 'list') return found.map((child) => readXml(shape.element.shape, child));
  if (traits.xmlFlattened && shape.kind === 'map') return readEntries(shape, found);
  if (found.length > 1) throw new Malformed(`The XML you provided has more than one ${name}`);
  return readXml(shape, first);
}

function readXml(shape: Shape, element: XmlElement): unknown {
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return readXmlMembers(shape.members, element);
    case 'list': {
      const name = shape.element.ownTraits.xmlName ?? 'member';
      return element.children
        .filter((child) => child.name === name)
        .map((child) => readXml(shape.element.shape, child));
    }
    case 'map':
      return readEntries(
        shape,
        element.children.filter((child) => child.name === 'entry'),
      );
    default:
      if (element.children.length > 0) throw new Malformed(`The XML you provided has elements within ${element.name}`);
      return readText(shape, shape.kind === 'string' ? element.text : element.text.trim(), READ);
  }
}

function readEntries(shape: Extract<Shape, { kind: 'map' }>, entries: readonly XmlElement[]): Tree {
  const read: Record<string, unknown> = {};
  for (const entry of entries) {
    const key = readXmlMember(shape.key, entry);
    const value = readXmlMember(shape.value, entry);
    if (typeof key !== 'string' || value === undefined) {
      throw new Malformed(`The XML you provided has an incomplete ${entry.name}`);
    }
    put(read, key, value);
  }
  return read;
}

function writeMember(member: Member, name: string, value: unknown, style: TextStyle): string {
  const { shape, traits } = member;
  const namespace = namespaceAttribute(traits.xmlNamespace);
  if (shape.kind === 'list') {
    if (!Array.isArray(value)) throw new TypeError(`a list of the answer is a ${typeof value}`);
    const itemName = traits.xmlFlattened ? name : (shape.element.ownTraits.xmlName ?? 'member');
    const items = value
      .filter((item) => item !== null && item !== undefined)
      .map((item) => writeMember(shape.element, itemName, item, style))
      .join('');
    return traits.xmlFlattened ? items : element(name, items, namespace);
  }
  if (shape.kind === 'map') {
    if (!isTree(value)) throw new TypeError(`a map of the answer is a ${typeof value}`);
    const entryName = traits.xmlFlattened ? name : 'entry';
    const entries = Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== undefined)
      .map(([key, inner]) => {
        const keyElement = writeMember(shape.key, shape.key.ownTraits.xmlName ?? 'key', key, style);
        const valueElement = writeMember(shape.value, shape.value.ownTraits.xmlName ?? 'value', inner, style);
        return element(entryName, keyElement + valueElement);
      })
      .join('');
    return traits.xmlFlattened ? entries : element(name, entries, namespace);
  }
  if (shape.kind === 'structure' || shape.kind === 'union') {
    const { attributes, content } = writeXmlMembers(shape.members, value, style);
    return element(name, content, namespace + attributes);
  }
  return element(name, escapeXml(writeText(shape, value, style)), namespace);
}

function namespaceAttribute(namespace: readonly [prefix: string, uri: string] | undefined): string {
  if (namespace === undefined) return '';
  const [prefix, uri] = namespace;
  return ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeXml(uri)}"`;
}

/** Clients choose prefixes as they like, and no AWS model has two elements that differ by namespace only. */
function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
