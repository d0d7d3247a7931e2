/**
 * Where an event stands among all events of its group: by time, then by the chunk it was stored in, then by its
 * place there. A position is also a gap: the one right before the event, so `index + 1` is the gap after it.
 */
export interface Position {
  readonly timestampMs: number;
  readonly chunk: number;
  readonly index: number;
}

const TEXT = /^3(\d{15})(\d{20})(\d{20})$/;

/** 56 decimal digits, as AWS's event ids and page tokens have; their order as text is the order of the events. */
export function positionText({ timestampMs, chunk, index }: Position): string {
  return `3${digits(timestampMs, 15)}${digits(chunk, 20)}${digits(index, 20)}`;
}

/** The position that `text` names, or undefined when it names none. */
export function parsePosition(text: string): Position | undefined {
  const match = TEXT.exec(text);
  if (!match) return undefined;
  const [timestampMs, chunk, index] = match.slice(1).map(Number);
  if (![timestampMs, chunk, index].every(Number.isSafeInteger)) return undefined;
  return { timestampMs, chunk, index } as Position; // SAFE: the line above has checked that all three are there.
}

/** Negative when `a` comes before `b`, 0 when they are the same. */
export function comparePositions(a: Position, b: Position): number {
  return a.timestampMs - b.timestampMs || a.chunk - b.chunk || a.index - b.index;
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0');
}
