/** An error for people: what happened and, from its causes, why. Stack traces are for our own bugs only. */
export function userText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const texts: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (!texts.includes(cause.message)) texts.push(cause.message);
  }
  const bug = error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
  return texts.join(': ') + (bug ? `\n${error.stack ?? ''}` : '');
}
