import { type BusKey, DEFAULT_BUS, type Scope, type Tags } from './bus.ts';

export interface RuleKey extends BusKey {
  readonly rule: string;
}

/** What PutRule sets; what it does not name is gone. */
export interface RuleSettings {
  readonly pattern?: string | undefined;
  /** `rate(5 minutes)`, `cron(0 12 * * ? *)`: on the default bus only. */
  readonly schedule?: string | undefined;
  readonly state: RuleState;
  readonly description?: string | undefined;
  readonly roleArn?: string | undefined;
}

export const RULE_STATES = ['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'] as const;

export type RuleState = (typeof RULE_STATES)[number];

export interface Rule extends RuleKey, RuleSettings {
  readonly tags: Tags;
  /** The account that made it, which need not be the bus's. */
  readonly createdBy: string;
}

/** What a rule sends its events to. */
export interface RuleTarget {
  readonly id: string;
  readonly arn: string;
  readonly roleArn?: string | undefined;
  /** What it gets; undefined: the event as it is. */
  readonly input?: TargetInput | undefined;
  /** Of messages in a queue. */
  readonly groupId?: string | undefined;
  readonly retries: { readonly retriesMax?: number | undefined; readonly ageSecondsMax?: number | undefined };
  readonly deadLetterArn?: string | undefined;
}

export type TargetInput =
  /** This JSON, whatever the event is. */
  | { readonly kind: 'constant'; readonly json: string }
  /** A part of the event. */
  | { readonly kind: 'path'; readonly path: string }
  /** A text with parts of the event in it, by name. */
  | { readonly kind: 'template'; readonly paths: Readonly<Record<string, string>>; readonly template: string };

/** AWS: quota "Targets per rule". */
export const TARGETS_MAX = 5;
/** AWS: a target's retry policy, where nothing else is said. */
export const RETRIES_MAX = 185;
export const AGE_SECONDS_MAX = 86_400;

export const isEnabled = ({ state }: Pick<RuleSettings, 'state'>): boolean => state !== 'DISABLED';

/** The name of the default bus does not stand in it. */
export function ruleArn({ account, region, bus, rule }: RuleKey): string {
  return `arn:aws:events:${region}:${account}:rule/${bus === DEFAULT_BUS ? '' : `${bus}/`}${rule}`;
}

/** What the ARN of a rule names; undefined for others. */
export function ruleOfArn(arn: string): RuleKey | undefined {
  const [, region, account, path] =
    /^arn:aws[\w-]*:events:([a-z0-9-]+):(\d{12}):rule\/([/.\-_A-Za-z0-9]+)$/.exec(arn) ?? [];
  if (region === undefined || account === undefined || path === undefined) return undefined;
  const at = path.lastIndexOf('/');
  const scope: Scope = { region, account };
  return { ...scope, bus: at < 0 ? DEFAULT_BUS : path.slice(0, at), rule: path.slice(at + 1) };
}
