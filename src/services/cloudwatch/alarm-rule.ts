import type { StateValue } from './alarm.ts';

/** The rule of a composite alarm: a condition on the states of others (PutCompositeAlarm of AWS's API reference). */
export type Rule =
  | { readonly kind: 'state'; readonly state: StateValue; readonly alarm: string }
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'not'; readonly of: Rule }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Rule[] };

/** A rule that cannot be read; the message says why. */
export class BadRule extends Error {}

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|([()])|([^\s()"]+))/y;
const DEPTH_MAX = 100;
/** AWS: a composite alarm watches up to 100 others. */
const ALARMS_MAX = 100;

type Token = { readonly text: string; readonly isQuoted: boolean };

/** Throws `BadRule`. */
export function readRule(text: string): Rule {
  const tokens = tokensOf(text);
  let at = 0;
  let depth = 0;
  const isNext = (word: string) => {
    const token = tokens[at];
    return token !== undefined && !token.isQuoted && token.text.toUpperCase() === word;
  };
  const take = (): Token => {
    const token = tokens[at];
    if (token === undefined) throw new BadRule('the rule ends too early');
    at += 1;
    return token;
  };
  const expect = (sign: string) => {
    const token = take();
    if (token.isQuoted || token.text !== sign) throw new BadRule(`there is ${token.text} in the place of ${sign}`);
  };
  const joined = (kind: 'and' | 'or', word: string, part: () => Rule): Rule => {
    const first = part();
    const parts = [first];
    while (isNext(word)) {
      take();
      parts.push(part());
    }
    return parts.length === 1 ? first : { kind, parts };
  };
  const whole = (): Rule => joined('or', 'OR', () => joined('and', 'AND', single));
  const single = (): Rule => {
    depth += 1;
    if (depth > DEPTH_MAX) throw new BadRule('the rule is nested too deeply');
    const rule = unlimited();
    depth -= 1;
    return rule;
  };
  const unlimited = (): Rule => {
    const token = take();
    const word = token.isQuoted ? '' : token.text.toUpperCase();
    if (word === 'NOT') return { kind: 'not', of: single() };
    if (word === 'TRUE' || word === 'FALSE') return { kind: 'constant', value: word === 'TRUE' };
    if (word === '(') {
      const inner = whole();
      expect(')');
      return inner;
    }
    if (word !== 'ALARM' && word !== 'OK' && word !== 'INSUFFICIENT_DATA')
      throw new BadRule(`${token.text} is no function of a rule`);
    expect('(');
    const name = take();
    if (!name.isQuoted && (name.text === '(' || name.text === ')')) throw new BadRule(`${word} names no alarm`);
    expect(')');
    return { kind: 'state', state: word, alarm: name.text };
  };
  const rule = whole();
  const rest = tokens[at];
  if (rest !== undefined) throw new BadRule(`there is ${rest.text} behind its end`);
  if (alarmsIn(rule).length > ALARMS_MAX) throw new BadRule(`it names more than ${ALARMS_MAX} alarms`);
  return rule;
}

/** Names or ARNs, as they are written. */
export function alarmsIn(rule: Rule): string[] {
  switch (rule.kind) {
    case 'state':
      return [rule.alarm];
    case 'constant':
      return [];
    case 'not':
      return alarmsIn(rule.of);
    default:
      return rule.parts.flatMap(alarmsIn);
  }
}

/** `stateOf`: undefined for an alarm that is not there, of which nothing is true. */
export function holds(rule: Rule, stateOf: (alarm: string) => StateValue | undefined): boolean {
  switch (rule.kind) {
    case 'state':
      return stateOf(rule.alarm) === rule.state;
    case 'constant':
      return rule.value;
    case 'not':
      return !holds(rule.of, stateOf);
    case 'and':
      return rule.parts.every((part) => holds(part, stateOf));
    case 'or':
      return rule.parts.some((part) => holds(part, stateOf));
  }
}

/** The name in an ARN, or the name itself. */
export const alarmNameOf = (text: string) => /^arn:[^:]+:cloudwatch:[^:]*:\d*:alarm:(.+)$/s.exec(text)?.[1] ?? text;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const match = TOKEN.exec(text);
    if (match === null) throw new BadRule('a quotation mark is not closed');
    const [, quoted, sign, word = ''] = match;
    if (quoted !== undefined) tokens.push({ text: quoted.replace(/\\(.)/g, '$1'), isQuoted: true });
    else tokens.push({ text: sign ?? word, isQuoted: false });
  }
  return tokens;
}
