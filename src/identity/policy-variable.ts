import type { ConditionContext } from './policy-condition.ts';

/** `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`. */
const VARIABLE = /\$\{([^},]*)(?:,\s*'([^']*)'\s*)?\}/g;
/** Characters that mean something in a policy, written as themselves. */
const LITERALS = new Set(['*', '?', '$']);

/**
 * A text of a policy with what its variables stand for (IAM policy elements: Variables, IAM User Guide). undefined: one of
 * them is not known here, so that it cannot be told what the text means.
 */
export function withVariables(text: string, context: ConditionContext): string | undefined {
  if (!text.includes('${')) return text;
  let isKnown = true;
  const replaced = text.replace(VARIABLE, (_, name: string, otherwise: string | undefined) => {
    if (LITERALS.has(name)) return name;
    const key = name.trim().toLowerCase();
    const value = Object.hasOwn(context, key) ? context[key] : otherwise;
    if (value === undefined) isKnown = false;
    return value ?? '';
  });
  return isKnown ? replaced : undefined;
}
