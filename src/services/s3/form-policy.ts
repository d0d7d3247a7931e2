/** What a form may put, by the policy that its maker has signed ("Creating a POST policy", S3 API reference). */
export interface FormPolicy {
  readonly expiresMs: number;
  readonly conditions: readonly FormCondition[];
  /** Undefined: of any size. */
  readonly bytes: { readonly min: number; readonly max: number } | undefined;
}

export interface FormCondition {
  readonly operator: 'eq' | 'starts-with';
  /** In lower case. */
  readonly field: string;
  readonly value: string;
}

/** Fields that no condition need name. */
const FREE = new Set(['policy', 'x-amz-signature', 'signature', 'awsaccesskeyid', 'file']);

/** undefined: it is no policy. */
export function readFormPolicy(json: string): FormPolicy | undefined {
  const document = parsed(json);
  if (!isRecord(document)) return undefined;
  const { expiration, conditions: given } = document;
  const expiresMs = typeof expiration === 'string' ? Date.parse(expiration) : Number.NaN;
  if (Number.isNaN(expiresMs) || !Array.isArray(given)) return undefined;
  const conditions: FormCondition[] = [];
  let bytes: FormPolicy['bytes'];
  for (const condition of given) {
    if (isRecord(condition)) {
      for (const [field, value] of Object.entries(condition)) {
        if (isNested(value)) return undefined;
        conditions.push({ operator: 'eq', field: field.toLowerCase(), value: String(value) });
      }
      continue;
    }
    if (!Array.isArray(condition) || condition.length !== 3 || condition.some(isNested)) return undefined;
    const [operator, field, value] = condition.map(String) as [string, string, string];
    if (operator.toLowerCase() === 'content-length-range') {
      const [min, max] = [Number(field), Number(value)];
      if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max)) return undefined;
      bytes = { min, max };
      continue;
    }
    const known = operator.toLowerCase();
    if ((known !== 'eq' && known !== 'starts-with') || !field.startsWith('$')) return undefined;
    conditions.push({ operator: known, field: field.slice(1).toLowerCase(), value });
  }
  return { expiresMs, conditions, bytes };
}

/** Why the fields, by their names in lower case, are not what the policy allows, in S3's words; undefined: they are. */
export function flawOfForm(
  { expiresMs, conditions }: FormPolicy,
  fields: ReadonlyMap<string, string>,
  nowMs: number,
): string | undefined {
  if (expiresMs <= nowMs) return 'Invalid according to Policy: Policy expired.';
  const failed = conditions.find((condition) => !isMet(condition, fields.get(condition.field)));
  if (failed !== undefined) {
    const { operator, field, value } = failed;
    const said = `["${operator}", "$${field}", "${value}"]`;
    return `Invalid according to Policy: Policy Condition failed: ${said}`;
  }
  const named = new Set(conditions.map(({ field }) => field));
  const extra = [...fields.keys()].find(
    (field) => !named.has(field) && !FREE.has(field) && !field.startsWith('x-ignore-'),
  );
  return extra === undefined ? undefined : `Invalid according to Policy: Extra input fields: ${extra}`;
}

function isMet({ operator, value }: FormCondition, given: string | undefined): boolean {
  if (given === undefined) return false;
  return operator === 'eq' ? given === value : given.startsWith(value);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // The caller says that it is no policy.
  }
}

/** No value of a condition, and not always a text. */
function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
