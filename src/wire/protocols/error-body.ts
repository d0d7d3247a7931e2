import type { TreeStyle } from '../codecs/tree.ts';
import { isTree, put, type Tree, writeTree } from '../codecs/tree.ts';
import type { Member } from '../schema.ts';
import type { ErrorAnswer } from './protocol.ts';

/**
 * The body of an error in JSON: the message under the name that the error's schema has for it, the members that the
 * schema knows in its form, the others as they are. `Type` is "User" unless the error says otherwise (lambda-facts 1.1).
 */
export function errorMembers({ code, message, shape, members }: ErrorAnswer, style: TreeStyle): Tree {
  const written: Record<string, unknown> = {};
  const modelled = new Map((shape?.members ?? []).map((member) => [member.name, member]));
  if (modelled.has('Type') && !Object.hasOwn(members, 'Type')) written.Type = 'User';
  for (const [name, value] of Object.entries(members)) {
    const member = modelled.get(name);
    if (value === undefined || member?.traits.httpHeader !== undefined) continue;
    const known = member !== undefined && value !== null;
    put(written, known ? style.nameOf(member) : name, known ? writeTree(member.shape, value, style) : value);
  }
  // Recorded: of the codes without a schema only this one has a capital letter (lambda-facts 1.1).
  const unmodelled = code === 'AccessDeniedException' ? 'Message' : 'message';
  const messageName = messageMember(shape?.members ?? [])?.name ?? unmodelled;
  if (!Object.hasOwn(written, messageName)) written[messageName] = message;
  return written;
}

/** The same in XML's terms: names and texts of what stands beside code and message. */
export function errorTexts({ shape, members }: ErrorAnswer): [name: string, text: string][] {
  const hidden = messageMember(shape?.members ?? [])?.name;
  return Object.entries(members).flatMap(([name, value]) =>
    value === undefined || value === null || name === hidden || isTree(value) || Array.isArray(value)
      ? []
      : [[name, value instanceof Date ? value.toISOString() : String(value)]],
  );
}

export function messageMember(members: readonly Member[]): Member | undefined {
  return members.find(({ name }) => name.toLowerCase() === 'message');
}
