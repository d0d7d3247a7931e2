import type { Place } from '../function.ts';

/** Who may sign what is deployed, and what happens to what nobody of them signed. */
export interface CodeSigningConfig {
  readonly place: Place;
  /** `csc-` and 17 letters and digits. */
  readonly id: string;
  /** undefined: never given, which answers show differently from an empty one. */
  readonly description: string | undefined;
  /** ARNs of signing profiles' versions. */
  readonly publishers: readonly string[];
  readonly untrusted: 'warn' | 'enforce';
  readonly modifiedMs: number;
  readonly tags: Readonly<Record<string, string>>;
}

export function codeSigningConfigArn({ place, id }: Pick<CodeSigningConfig, 'place' | 'id'>): string {
  return `arn:aws:lambda:${place.region}:${place.account}:code-signing-config:${id}`;
}
