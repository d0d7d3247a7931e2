/**
 * The paths that EventBridge takes, `$.detail.items[0].name` or `$['detail']`, as a list of steps; undefined for what is
 * none. Steps that find several values are left out: what comes of them has no place in a template.
 */
export function readJsonPath(path: string): readonly (string | number)[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: (string | number)[] = [];
  const step = /\.([^.[\]'"*\s]+)|\[(\d{1,9})\]|\['((?:[^'\\]|\\.)+)'\]|\["((?:[^"\\]|\\.)+)"\]/y;
  for (step.lastIndex = 1; step.lastIndex < path.length; ) {
    const match = step.exec(path);
    if (match === null) return undefined;
    const [, name, index, single, double] = match;
    const quoted = single ?? double;
    steps.push(index === undefined ? (name ?? quoted?.replace(/\\(.)/g, '$1') ?? '') : Number(index));
  }
  return steps;
}

/** What stands at the end of a path; undefined: nothing. */
export function valueAt(value: unknown, steps: readonly (string | number)[]): unknown {
  let at = value;
  for (const step of steps) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = Reflect.get(at, step);
  }
  return at;
}
