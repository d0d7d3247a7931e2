// Reads expressions of metric math ("Using math expressions with CloudWatch metrics" of AWS's guide) into a tree.

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | { readonly kind: 'call'; readonly name: string; readonly given: readonly Expression[] }
  | { readonly kind: 'negative'; readonly of: Expression }
  | { readonly kind: 'operation'; readonly operator: Operator; readonly left: Expression; readonly right: Expression };

export type Operator = (typeof LEVELS)[number][number] | '^';

/** An expression that cannot be read, or makes no sense; the message says why. */
export class BadExpression extends Error {}

/** From the weakest to the strongest. */
const LEVELS = [
  ['||', 'OR'],
  ['&&', 'AND'],
  ['==', '!=', '<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/'],
] as const;

/** Deeper than anything that people write; a hostile one must not end the process. */
const DEPTH_MAX = 100;

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_][A-Za-z0-9_]*)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\|\||&&|==|!=|<=|>=|[-+*/^<>()[\],]))/y;

type Token =
  | { readonly kind: 'number' | 'name' | 'text' | 'sign'; readonly text: string }
  | { readonly kind: 'end'; readonly text: '' };

/** Throws `BadExpression`. */
export function readExpression(source: string): Expression {
  const tokens = tokensOf(source);
  let at = 0;
  let depth = 0;
  const next = (): Token => tokens[at] ?? { kind: 'end', text: '' };
  const take = (): Token => {
    const token = next();
    at += 1;
    return token;
  };
  const expect = (sign: string): void => {
    const token = take();
    if (token.kind !== 'sign' || token.text !== sign) throw unexpected(token);
  };
  const nested = <T>(read: () => T): T => {
    depth += 1;
    if (depth > DEPTH_MAX) throw new BadExpression('The expression is nested too deeply');
    const result = read();
    depth -= 1;
    return result;
  };

  const level = (strength: number): Expression => {
    const operators: readonly string[] | undefined = LEVELS[strength];
    if (operators === undefined) return negative();
    let left = level(strength + 1);
    for (;;) {
      const { kind, text } = next();
      if ((kind !== 'sign' && kind !== 'name') || !operators.includes(text)) return left;
      take();
      // SAFE: it is one of this level's.
      left = { kind: 'operation', operator: text as Operator, left, right: level(strength + 1) };
    }
  };
  const negative = (): Expression => {
    if (next().kind !== 'sign' || next().text !== '-') return power();
    take();
    return { kind: 'negative', of: nested(negative) };
  };
  const power = (): Expression => {
    const left = operand();
    if (next().kind !== 'sign' || next().text !== '^') return left;
    take();
    return { kind: 'operation', operator: '^', left, right: nested(negative) };
  };
  const list = (end: string): Expression[] => {
    const items: Expression[] = [];
    if (next().text === end && next().kind === 'sign') {
      take();
      return items;
    }
    for (;;) {
      items.push(nested(() => level(0)));
      if (next().kind === 'sign' && next().text === end) break;
      expect(',');
    }
    take();
    return items;
  };
  const operand = (): Expression => {
    const token = take();
    switch (token.kind) {
      case 'number':
        return { kind: 'number', value: Number(token.text) };
      case 'text':
        return { kind: 'text', value: token.text };
      case 'name': {
        if (next().kind !== 'sign' || next().text !== '(') return { kind: 'name', name: token.text };
        take();
        return { kind: 'call', name: token.text, given: list(')') };
      }
      default: {
        if (token.text === '[') return { kind: 'array', items: list(']') };
        if (token.text !== '(') throw unexpected(token);
        const inner = nested(() => level(0));
        expect(')');
        return inner;
      }
    }
  };

  const whole = level(0);
  if (next().kind !== 'end') throw unexpected(next());
  return whole;
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (source.slice(TOKEN.lastIndex).trim() !== '') {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (match === null) throw new BadExpression(`Unexpected character '${source.slice(from).trim().charAt(0)}'`);
    const [, number, name, double, single, sign = ''] = match;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if ((double ?? single) !== undefined)
      tokens.push({ kind: 'text', text: (double ?? single ?? '').replace(/\\(.)/g, '$1') });
    else tokens.push({ kind: 'sign', text: sign });
  }
  return tokens;
}

const unexpected = ({ kind, text }: Token) =>
  new BadExpression(kind === 'end' ? 'Unexpected end of the expression' : `Unexpected token '${text}'`);

/** Names of other queries that it needs. */
export function namesIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'name':
      return [expression.name];
    case 'array':
      return expression.items.flatMap(namesIn);
    case 'call':
      return expression.given.flatMap(namesIn);
    case 'negative':
      return namesIn(expression.of);
    case 'operation':
      return [...namesIn(expression.left), ...namesIn(expression.right)];
    default:
      return [];
  }
}
