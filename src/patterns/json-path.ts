/** A step of a path: a member's name, a place in a list, or `EACH` of either. */
export type Step = string | number | typeof EACH;

export const EACH = Symbol('each');

/**
 * The paths that EventBridge takes, `$.detail.items[0].name`, `$.items[*].name` or `$['detail']`, as a list of steps; undefined
 * for what is none.
 */
export function readJsonPath(path: string): readonly Step[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: Step[] = [];
  const step = /\.([^.[\]'"*\s]+)|\[(\d{1,9})\]|\['((?:[^'\\]|\\.)+)'\]|\["((?:[^"\\]|\\.)+)"\]|\.\*|\[\*\]/y;
  for (step.lastIndex = 1; step.lastIndex < path.length; ) {
    const match = step.exec(path);
    if (match === null) return undefined;
    const [, name, index, single, double] = match;
    const quoted = single ?? double;
    if (index !== undefined) steps.push(Number(index));
    else steps.push(name ?? quoted?.replace(/\\(.)/g, '$1') ?? EACH);
  }
  return steps;
}

/** What stands at the end of a path; undefined: nothing. From the first `EACH` on, a list of all that is found. */
export function valueAt(value: unknown, steps: readonly Step[]): unknown {
  let at = value;
  for (const [index, step] of steps.entries()) {
    if (typeof at !== 'object' || at === null) return undefined;
    if (step === EACH) {
      const rest = steps.slice(index + 1);
      const found = Object.values(at).map((one: unknown) => valueAt(one, rest));
      // A path with several of them answers one list.
      return (rest.includes(EACH) ? found.flat() : found).filter((one) => one !== undefined);
    }
    if (!Object.hasOwn(at, step)) return undefined;
    at = Reflect.get(at, step);
  }
  return at;
}
