/**
 * Whether this is a filter pattern: a JSON object whose leaves are lists of values and conditions. AWS compares items
 * as EventBridge does; its guide lists the conditions ("Filter rule syntax").
 */
export function isFilterPattern(json: string): boolean {
  try {
    return isPattern(JSON.parse(json));
  } catch {
    // Not JSON at all, which is an answer, too.
    return false;
  }
}

function isPattern(pattern: unknown): boolean {
  if (!isObject(pattern)) return false;
  const fields = Object.entries(pattern);
  return fields.length > 0 && fields.every(([name, field]) => isField(name, field));
}

function isField(name: string, field: unknown): boolean {
  if (!Array.isArray(field)) return isPattern(field);
  if (name === '$or' && field.length > 1 && field.every(isPattern)) return true;
  return field.length > 0 && field.every((leaf) => isScalar(leaf) || isCondition(leaf));
}

/** One operator and its operand. */
function isCondition(condition: unknown): boolean {
  if (!isObject(condition)) return false;
  const [only, ...more] = Object.entries(condition);
  return only !== undefined && more.length === 0 && isOperand(...only);
}

function isOperand(operator: string, operand: unknown): boolean {
  switch (operator) {
    case 'exists':
      return typeof operand === 'boolean';
    case 'prefix':
    case 'suffix':
      return isText(operand) || isCaseless(operand);
    case 'equals-ignore-case':
    case 'wildcard':
    case 'cidr':
      return isText(operand);
    case 'numeric':
      return isNumericRange(operand);
    case 'anything-but':
      return isExcluded(operand);
    default:
      return false;
  }
}

/** A value, several of one type, or one condition on texts. */
function isExcluded(operand: unknown): boolean {
  if (isText(operand) || typeof operand === 'number') return true;
  if (Array.isArray(operand)) return operand.length > 0 && (operand.every(isText) || operand.every(isNumber));
  if (!isObject(operand)) return false;
  const [only, ...more] = Object.entries(operand);
  if (only === undefined || more.length > 0) return false;
  const [operator, texts] = only;
  if (!['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(operator)) return false;
  return isText(texts) || (Array.isArray(texts) && texts.length > 0 && texts.every(isText));
}

/** `["=", 5]`, `[">", 0]`, or a lower and an upper end: `[">", 0, "<=", 5]`. */
function isNumericRange(operand: unknown): boolean {
  if (!Array.isArray(operand)) return false;
  const [operator, bound, upper, upperBound, ...more] = operand;
  if (!isNumber(bound) || more.length > 0) return false;
  if (operand.length === 2) return ['=', '<', '<=', '>', '>='].includes(operator);
  return ['>', '>='].includes(operator) && ['<', '<='].includes(upper) && isNumber(upperBound) && bound < upperBound;
}

const isCaseless = (operand: unknown) =>
  isObject(operand) && Object.keys(operand).length === 1 && isText(operand['equals-ignore-case']);
const isScalar = (value: unknown) => value === null || ['string', 'number', 'boolean'].includes(typeof value);
const isText = (value: unknown) => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
