import type { Handlers } from '../../wire/service.ts';
import type { Place } from '../function.ts';
import type { Lambda } from './operation.ts';

/** Operations of Lambda's API that another room answers; whoever puts the rooms together hands them in. */
export interface LambdaPart {
  readonly handlers: Handlers<Lambda>;
  /** What of it has tags, by the kind in its ARN, for example `event-source-mapping`. */
  readonly tagged: Readonly<Record<string, TaggedKind>>;
}

/** The resource of an ARN in this place. Throws AwsError if there is none. */
export type TaggedKind = (arn: string, where: Place) => Tagged;

export interface Tagged {
  tags(): Readonly<Record<string, string>>;
  tag(tags: Readonly<Record<string, string>>): Promise<void>;
  untag(keys: readonly string[]): Promise<void>;
}
