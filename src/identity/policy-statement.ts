import { type Answer, type ConditionContext, conditionsHold } from './policy-condition.ts';
import { withVariables } from './policy-variable.ts';
import { matchesWildcard } from './wildcard.ts';

export type Statement = Readonly<Record<string, unknown>>;

/** What is asked of a policy. */
export interface PolicyQuestion {
  /** `sqs:SendMessage` */
  readonly action: string;
  /** ARN of what it is done to; undefined: the resource that the policy belongs to, whatever its statements name. */
  readonly resource?: string | undefined;
  /** undefined: no condition is met. */
  readonly context?: ConditionContext | undefined;
}

/** `silent`: neither allowed nor denied. */
export type PolicyVerdict = 'allowed' | 'denied' | 'silent';

/**
 * What statements say to a question. One of which it cannot be told whether it concerns the question is left aside if it
 * allows, and heeded if it denies. `ofCaller`: whether a statement is about who asks. Never throws.
 */
export function judgeStatements(
  statements: readonly Statement[],
  question: PolicyQuestion,
  ofCaller: (statement: Statement) => Answer,
): PolicyVerdict {
  const about = statements
    .map((statement) => ({ statement, answer: concerns(statement, question, ofCaller) }))
    .filter(({ answer }) => answer !== 'no');
  if (about.some(({ statement }) => statement.Effect !== 'Allow')) return 'denied';
  return about.some(({ answer }) => answer === 'yes') ? 'allowed' : 'silent';
}

function concerns(
  statement: Statement,
  { action, resource, context }: PolicyQuestion,
  ofCaller: (statement: Statement) => Answer,
): Answer {
  const questions: readonly (() => Answer)[] = [
    () => ofAction(statement, action),
    () => ofCaller(statement),
    () => (resource === undefined ? 'yes' : ofResource(statement, resource, context ?? {})),
    () => (context === undefined ? withoutConditions(statement) : conditionsHold(statement.Condition, context)),
  ];
  let known: Answer = 'yes';
  for (const ask of questions) {
    const answer = ask();
    // Most statements are about something else, and a request may ask a thousand times.
    if (answer === 'no') return 'no';
    if (answer === 'unknown') known = 'unknown';
  }
  return known;
}

function ofAction({ Action, NotAction }: Statement, action: string): Answer {
  const patterns = textsOf(Action ?? NotAction);
  if (patterns === undefined) return 'unknown';
  // Actions are the same in any case (AWS JSON policy elements: Action).
  const isNamed = patterns.some((pattern) => matchesWildcard(pattern.toLowerCase(), action.toLowerCase()));
  return isNamed === (Action !== undefined) ? 'yes' : 'no';
}

function ofResource({ Resource, NotResource }: Statement, resource: string, context: ConditionContext): Answer {
  const texts = textsOf(Resource ?? NotResource);
  if (texts === undefined) return 'unknown';
  const patterns = texts.map((text) => withVariables(text, context));
  const isNamed = patterns.some((pattern) => pattern !== undefined && matchesWildcard(pattern, resource));
  if (!isNamed && patterns.includes(undefined)) return 'unknown';
  return isNamed === (Resource !== undefined) ? 'yes' : 'no';
}

function withoutConditions({ Condition }: Statement): Answer {
  return Condition === undefined ? 'yes' : 'unknown';
}

/** The texts of an element that has one or a list of them; undefined: it is something else. */
export function textsOf(value: unknown): string[] | undefined {
  const texts = [value].flat();
  return texts.length > 0 && texts.every((text) => typeof text === 'string') ? texts : undefined;
}

export function isStatement(value: unknown): value is Statement {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
