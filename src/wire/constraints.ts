import type { Check, Constraint } from './validation.ts';

/**
 * What an operation's members must satisfy, by the paths that AWS's errors name them with: the first letter of each
 * part in lower case, `kMSKeyArn`, `vpcConfig.subnetIds`. At `filterCriteria.filters.*` stands what the members of each
 * structure in that list must satisfy. Violations are told in the order of the entries.
 */
export interface MemberConstraints {
  readonly [path: string]: readonly Constraint[] | MemberConstraints;
}

/** As many as the largest list of AWS's has (log events). Beyond that, answers would become larger than requests. */
const ELEMENTS_MAX = 10_000;

/** The checks of one input. What stands in a structure or a list that is not given is not checked. */
export function checksOf(members: MemberConstraints, input: object): Check[] {
  const checks: Check[] = [];
  addChecks(checks, compiled(members), input, '');
  return checks;
}

/** Whether a part of a path means this member: `functionName` is FunctionName, `uUID` is UUID, and `logGroupName` is itself. */
export function isMember(name: string, part: string): boolean {
  return name === part || name === capitalised(part);
}

export function isConstraints(entry: MemberConstraints[string]): entry is readonly Constraint[] {
  return Array.isArray(entry);
}

/** An entry with its path taken apart, which costs more than the checks themselves where a list is long. */
type Entry = { readonly path: string; readonly parts: readonly Part[] } & (
  | { readonly constraints: readonly Constraint[] }
  | { readonly each: readonly Entry[] }
);

/** A part of a path as the member's name may be written. */
interface Part {
  readonly name: string;
  readonly otherwise: string;
}

const known = new WeakMap<MemberConstraints, readonly Entry[]>();

function compiled(members: MemberConstraints): readonly Entry[] {
  let entries = known.get(members);
  if (entries === undefined) {
    entries = Object.entries(members).map(([key, inner]) => {
      const path = isConstraints(inner) ? key : key.slice(0, -'.*'.length);
      const parts = path.split('.').map((part) => ({ name: capitalised(part), otherwise: part }));
      return isConstraints(inner) ? { path, parts, constraints: inner } : { path, parts, each: compiled(inner) };
    });
    known.set(members, entries);
  }
  return entries;
}

function addChecks(checks: Check[], entries: readonly Entry[], input: object, prefix: string): void {
  for (const entry of entries) {
    const found = lookUp(input, entry.parts);
    if (found === ABSENT) continue;
    if ('constraints' in entry)
      checks.push({ path: prefix + entry.path, value: found, constraints: entry.constraints });
    else if (Array.isArray(found)) {
      const count = Math.min(found.length, ELEMENTS_MAX);
      for (let at = 0; at < count; at += 1) {
        addChecks(checks, entry.each, found[at], `${prefix}${entry.path}.${at + 1}.member.`);
      }
    }
  }
}

/** Told from a member that is not given, which may be required, in a structure that is. */
const ABSENT = Symbol('no such structure');

function lookUp(input: object, parts: readonly Part[]): unknown {
  let value: unknown = input;
  for (const { name, otherwise } of parts) {
    if (typeof value !== 'object' || value === null) return ABSENT;
    value = Reflect.get(value, name) ?? Reflect.get(value, otherwise);
  }
  return value;
}

const capitalised = (part: string) => part.charAt(0).toUpperCase() + part.slice(1);
