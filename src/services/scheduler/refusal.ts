/** Why the scheduler says no; `aws/refusal-to-aws.ts` has AWS's words for each. */
export type SchedulerRefusal =
  | { readonly kind: 'no-such-schedule'; readonly name: string }
  | { readonly kind: 'schedule-exists'; readonly name: string }
  | { readonly kind: 'no-such-group'; readonly name: string }
  | { readonly kind: 'group-exists'; readonly name: string }
  | { readonly kind: 'default-group' }
  | { readonly kind: 'token-used-otherwise'; readonly token: string }
  | { readonly kind: 'too-many-schedules' | 'too-many-groups'; readonly countMax: number }
  | { readonly kind: 'too-many-tags' };

export class SchedulerRefused extends Error {
  readonly refusal: SchedulerRefusal;

  constructor(refusal: SchedulerRefusal) {
    super(`the scheduler refuses: ${refusal.kind}`);
    this.refusal = refusal;
  }
}
