/** The deepest place of a statement: `{ "Condition": { "ArnLike": { "aws:SourceArn": ["…"] } } }`. */
const LEVELS_MAX = 4;

/**
 * Whether a policy's statement nests no deeper than the language of policies does. Before it is kept: who writes policies
 * is not trusted, and one of thousands of brackets would exhaust the stack of all who read it, at every later request.
 */
export function isWithinPolicyLevels(statement: unknown, levelsMax = LEVELS_MAX): boolean {
  if (typeof statement !== 'object' || statement === null) return true;
  return levelsMax > 0 && Object.values(statement).every((value) => isWithinPolicyLevels(value, levelsMax - 1));
}
