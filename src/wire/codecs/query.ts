import type { Member, Shape } from '../schema.ts';
import { assertDepth, Malformed } from './malformed.ts';
import { readText, type TextStyle } from './text.ts';
import { put, type Tree } from './tree.ts';

/** Parameters of a query request as a tree: `Tags.member.1.Key=a` is four nodes deep. */
interface Node {
  value: string | undefined;
  readonly children: Map<string, Node>;
}

const STYLE: TextStyle = { timestamps: 'date-time', fraction: 'when-set' };

/** Most parameters of one request; AWS's largest lists have a few hundred entries of a few members each. */
export const PARAMETERS_MAX = 100_000;

/** Reads form parameters by a schema. Unknown parameters are skipped; throws `Malformed`. */
export function readQuery(members: readonly Member[], parameters: Iterable<readonly [string, string]>): Tree {
  return readMembers(members, treeOf(parameters), 0);
}

/** Name and value of each `a=b` of a query or form, decoded. Throws `Malformed` when there are too many. */
export function parameters(text: string): (readonly [name: string, value: string])[] {
  // Counted before they are decoded: a body of ampersands must not cost more than its bytes.
  let count = 1;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) count += 1;
  if (count > PARAMETERS_MAX) throw new Malformed(`The request has more than ${PARAMETERS_MAX} parameters`);
  return [...new URLSearchParams(text)];
}

function treeOf(parameters: Iterable<readonly [string, string]>): Node {
  const root: Node = { value: undefined, children: new Map() };
  for (const [name, value] of parameters) {
    const parts = name.split('.');
    assertDepth(parts.length);
    let node = root;
    for (const part of parts) {
      let child = node.children.get(part);
      if (child === undefined) {
        child = { value: undefined, children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.value = value;
  }
  return root;
}

function readMembers(members: readonly Member[], node: Node, depth: number): Tree {
  const read: Record<string, unknown> = {};
  for (const member of members) {
    const child = node.children.get(nameOf(member, member.name));
    const value = child === undefined ? undefined : readNode(member, child, depth + 1);
    if (value !== undefined) read[member.name] = value;
  }
  return read;
}

function readNode(member: Member, node: Node, depth: number): unknown {
  assertDepth(depth);
  const { shape, traits } = member;
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return readMembers(shape.members, node, depth);
    case 'list': {
      // `Name=` alone is an empty list. Old clients also send the numbers without the element's name.
      const name = nameOf(shape.element, 'member');
      const items = numbered(traits.xmlFlattened ? node : (node.children.get(name) ?? node));
      return items.map((item) => readNode(shape.element, item, depth + 1)).filter((item) => item !== undefined);
    }
    case 'map':
      return readMap(shape, numbered(traits.xmlFlattened ? node : (node.children.get('entry') ?? node)), depth);
    default:
      return node.value === undefined ? undefined : readText(shape, node.value, STYLE);
  }
}

function readMap(shape: Extract<Shape, { kind: 'map' }>, entries: readonly Node[], depth: number): Tree {
  const read: Record<string, unknown> = {};
  for (const entry of entries) {
    const key = entry.children.get(nameOf(shape.key, 'key'))?.value;
    const value = entry.children.get(nameOf(shape.value, 'value'));
    if (key === undefined || value === undefined) throw new Malformed('A map entry lacks its key or its value');
    put(read, key, readNode(shape.value, value, depth + 1));
  }
  return read;
}

/** Children named 1, 2, …, in the order of their numbers; gaps are closed, as AWS does. */
function numbered(node: Node): Node[] {
  return [...node.children]
    .filter(([name]) => /^[1-9]\d{0,8}$/.test(name))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}

function nameOf(member: Member, otherwise: string): string {
  return member.ownTraits.xmlName ?? otherwise;
}
