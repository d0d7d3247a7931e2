/** What is delivered, in words that all targets share; each takes the members that it has a place for. */
export interface Message {
  /** The event of a function, the body of a queue's message, the message of a topic, the content of an object. */
  readonly body: Buffer;
  /** Message attributes of queues and topics. */
  readonly attributes?: Readonly<Record<string, MessageAttribute>> | undefined;
  /** X-Ray's header: `AWSTraceHeader` of a queue's message, the trace of an invocation. */
  readonly traceHeader?: string | undefined;
  /** Subject of a topic's message. */
  readonly subject?: string | undefined;
  /** Order and uniqueness, for queues and topics whose name ends in `.fifo`. */
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
  /**
   * Names this delivery, for a sender that makes it again when it was killed before it could note its end: queues, functions
   * and the outbox take it once, if the second one comes within minutes. Others may take it twice.
   */
  readonly once?: string | undefined;
  /** Key of the object that is put into a bucket. */
  readonly objectKey?: string | undefined;
  /** Of that object; `application/json` unless given. */
  readonly contentType?: string | undefined;
  /** For event buses, which take nothing else: the body is the event's detail, a JSON object; or it is an event of another bus. */
  readonly event?: EventFacts | 'forwarded' | undefined;
}

/** What an event on a bus says of itself beside its detail. */
export interface EventFacts {
  /** `aws.s3`, `lambda` */
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  /** When it happened; undefined: now. */
  readonly timeMs?: number | undefined;
}

/** `type`: `String`, `Number` or `Binary`, with a custom label behind a dot if there is one. `Binary` values are base64. */
export interface MessageAttribute {
  readonly type: string;
  readonly value: string;
}
