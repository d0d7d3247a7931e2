/** What goes for letters that are sent with it: whom is told what of them. */
export interface ConfigurationSet {
  readonly createdMs: number;
  /** False: letters with it are refused. */
  readonly sends: boolean;
  readonly destinations: Readonly<Record<string, EventDestination>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** A topic that is told of letters. */
export interface EventDestination {
  readonly enabled: boolean;
  readonly events: readonly MailEventKind[];
  readonly topic: string;
}

/** Those that happen here: nobody opens, clicks or complains where nothing is tracked. */
export const MAIL_EVENT_KINDS = ['send', 'reject', 'bounce', 'complaint', 'delivery', 'renderingFailure'] as const;
export type MailEventKind = (typeof MAIL_EVENT_KINDS)[number];
