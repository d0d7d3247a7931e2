/** Whose buses: every account has its own in each region. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

export interface BusKey extends Scope {
  readonly bus: string;
}

/** What can be set on a bus. */
export interface BusSettings {
  readonly description?: string | undefined;
  /** The resource policy as JSON. */
  readonly policy?: string | undefined;
  /** Kept and told: it gets what cannot be encrypted, and nothing is encrypted with customers' keys here. */
  readonly deadLetterArn?: string | undefined;
  readonly tags: Tags;
}

export interface Bus extends BusKey, BusSettings {
  /** Undefined: of the default bus, which was never made. */
  readonly createdMs: number | undefined;
  readonly changedMs: number | undefined;
}

export type Tags = Readonly<Record<string, string>>;

/** Every account has it, in every region; it cannot be deleted. */
export const DEFAULT_BUS = 'default';

export function busArn({ account, region, bus }: BusKey): string {
  return `arn:aws:events:${region}:${account}:event-bus/${bus}`;
}

/** What the ARN of a bus names; undefined for others. */
export function busOfArn(arn: string): BusKey | undefined {
  const [, region, account, bus] =
    /^arn:aws[\w-]*:events:([a-z0-9-]+):(\d{12}):event-bus\/([/.\-_A-Za-z0-9]+)$/.exec(arn) ?? [];
  if (region === undefined || account === undefined || bus === undefined) return undefined;
  return { region, account, bus };
}

/** The statements of the bus's policy, each as JSON. */
export function statementsOf({ policy }: Pick<Bus, 'policy'>): string[] {
  if (policy === undefined) return [];
  // SAFE: policies are read before they are kept.
  const { Statement } = JSON.parse(policy) as { Statement?: unknown };
  return [Statement ?? []].flat().map((statement) => JSON.stringify(statement));
}
