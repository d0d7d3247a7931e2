/** Where an execution environment's log lines go. The server hands in CloudWatch Logs. */
export interface LogSink {
  /** Opens a stream; nothing is stored until the first line. Lines of one stream keep their order. */
  open(where: { account: string; region: string; group: string; stream: string }): LogStream;
}

export interface LogStream {
  /** One event. Never blocks and never throws; `message` keeps its trailing newline if it has one. */
  write(message: string, timestampMs: number): void;
  /** No more lines will come. */
  close(): void;
}
