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
export function checksOf(members: MemberConstraints, input: object, prefix = ''): Check[] {
  return Object.entries(members).flatMap(([path, inner]) => {
    if (isConstraints(inner)) {
      const found = lookUp(input, path.split('.'));
      return found === undefined ? [] : [{ path: prefix + path, value: found.value, constraints: inner }];
    }
    const listPath = path.slice(0, -'.*'.length);
    const list = lookUp(input, listPath.split('.'))?.value;
    if (!Array.isArray(list)) return [];
    return list
      .slice(0, ELEMENTS_MAX)
      .flatMap((element, at) => checksOf(inner, element, `${prefix}${listPath}.${at + 1}.member.`));
  });
}

/** Whether a part of a path means this member: `functionName` is FunctionName, `uUID` is UUID, and `logGroupName` is itself. */
export function isMember(name: string, part: string): boolean {
  return name === part || name === capitalised(part);
}

export function isConstraints(entry: MemberConstraints[string]): entry is readonly Constraint[] {
  return Array.isArray(entry);
}

function lookUp(input: object, [part = '', ...rest]: readonly string[]): { value: unknown } | undefined {
  const value: unknown = Reflect.get(input, capitalised(part)) ?? Reflect.get(input, part);
  if (rest.length === 0) return { value };
  return typeof value === 'object' && value !== null ? lookUp(value, rest) : undefined;
}

const capitalised = (part: string) => part.charAt(0).toUpperCase() + part.slice(1);
