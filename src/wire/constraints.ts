import type { Check, Constraint } from './validation.ts';

/**
 * What an operation's members must satisfy, by the paths that AWS's errors name them with: the first letter of each
 * part in lower case, `kMSKeyArn`, `vpcConfig.subnetIds`; `*` stands for every element of a list. Violations are told in
 * the order of the entries.
 */
export type MemberConstraints = Readonly<Record<string, readonly Constraint[]>>;

/** The checks of one input. What stands in a structure or a list that is not given is not checked. */
export function checksOf(members: MemberConstraints, input: object): Check[] {
  return Object.entries(members).flatMap(([path, constraints]) =>
    within(input, path.split('.'), []).map(({ path, value }) => ({ path, value, constraints })),
  );
}

/** The values at a path, each with the path that AWS names it by: elements count from 1, `filters.1.member.pattern`. */
function within(
  value: unknown,
  [part, ...rest]: readonly string[],
  way: readonly string[],
): Omit<Check, 'constraints'>[] {
  if (part === undefined) return [{ path: way.join('.'), value }];
  if (typeof value !== 'object' || value === null) return [];
  if (part === '*') {
    return Object.values(value).flatMap((element, at) => within(element, rest, [...way, String(at + 1), 'member']));
  }
  const inner: unknown = Reflect.get(value, memberName(part));
  return within(inner, rest, [...way, part]);
}

/** The member that a part of a path means: `functionName` is FunctionName, `uUID` is UUID. */
export function memberName(part: string): string {
  return part.charAt(0).toUpperCase() + part.slice(1);
}
