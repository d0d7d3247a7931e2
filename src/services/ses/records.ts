import type { ConfigurationSet } from './configuration-set.ts';
import type { MailIdentity } from './identity.ts';
import type { RuleSet } from './receipt-rule.ts';
import type { Template } from './template.ts';

/** From which addresses letters are taken, or are not. */
export interface IpFilter {
  readonly policy: 'Allow' | 'Block';
  /** `10.0.0.0/8`, or one address. */
  readonly cidr: string;
}

/** What is kept of each account and region, by kind and name. */
export interface Records {
  readonly identity: MailIdentity;
  readonly template: Template;
  readonly 'configuration-set': ConfigurationSet;
  readonly 'rule-set': RuleSet;
  /** Under the one name `active`. */
  readonly active: { readonly ruleSet: string };
  readonly filter: IpFilter;
}

export type RecordKind = keyof Records;
