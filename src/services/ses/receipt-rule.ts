/** What happens to letters for some recipients. */
export interface ReceiptRule {
  readonly name: string;
  readonly enabled: boolean;
  /** Whether letters must come over TLS. */
  readonly requiresTls: boolean;
  /** Addresses, domains, and `.example.com` for the domains below; empty: everybody. */
  readonly recipients: readonly string[];
  readonly actions: readonly ReceiptAction[];
  readonly scans: boolean;
}

export type ReceiptAction =
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string; readonly topic?: string | undefined }
  | { readonly kind: 'lambda'; readonly arn: string; readonly waits: boolean; readonly topic?: string | undefined }
  | { readonly kind: 'sns'; readonly topic: string; readonly encoding: 'UTF-8' | 'Base64' }
  | {
      readonly kind: 'bounce';
      readonly code: string;
      readonly status?: string | undefined;
      readonly message: string;
      readonly sender: string;
      readonly topic?: string | undefined;
    }
  | { readonly kind: 'stop'; readonly topic?: string | undefined }
  | { readonly kind: 'add-header'; readonly name: string; readonly value: string };

export interface RuleSet {
  readonly createdMs: number;
  readonly rules: readonly ReceiptRule[];
}

/** One action of a rule, for those recipients of a letter that the rule names. */
export interface ReceiptStep {
  readonly rule: string;
  readonly recipients: readonly string[];
  readonly action: ReceiptAction;
}

/** What is done with a letter for these recipients, in this order; nothing, if no rule names any of them. */
export function stepsFor(
  rules: readonly ReceiptRule[],
  recipients: readonly string[],
  isSecure: boolean,
): ReceiptStep[] {
  return rules.flatMap((rule) => {
    if (!rule.enabled || (rule.requiresTls && !isSecure)) return [];
    const named = recipients.filter((recipient) => isNamed(rule, recipient));
    return named.length === 0 ? [] : rule.actions.map((action) => ({ rule: rule.name, recipients: named, action }));
  });
}

/** Whether some rule names the recipient; `over-tls`: only such as take no letter without it. */
export function admission(rules: readonly ReceiptRule[], recipient: string, isSecure: boolean) {
  const fits = rules.filter((rule) => rule.enabled && isNamed(rule, recipient));
  if (fits.length === 0) return 'no-rule';
  return isSecure || fits.some(({ requiresTls }) => !requiresTls) ? 'taken' : 'over-tls';
}

/** `user@example.com` (whatever follows a `+`), `example.com` alone, or `.example.com` for all below it. */
function isNamed({ recipients }: ReceiptRule, recipient: string): boolean {
  if (recipients.length === 0) return true;
  const address = recipient.toLowerCase();
  const domain = address.slice(address.lastIndexOf('@') + 1);
  const plain = address.replace(/\+[^@]*@/, '@');
  return recipients.some((one) => {
    const named = one.toLowerCase();
    if (named.includes('@')) return named === address || named === plain;
    return named.startsWith('.') ? domain.endsWith(named) : domain === named;
  });
}
