/** From the most to the least detailed (AWS, "Log-level filtering"), and those of the names in Python's own JSON lines that differ. */
const RANKS: ReadonlyMap<string, number> = new Map([
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].map((level, rank): [string, number] => [level, rank]),
  ['WARNING', 3],
  ['CRITICAL', 5],
]);
const INFO = 2;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Whether a line that a function wrote to its standard output is of a JSON log of that level. Such a line tells its own
 * level: AWS reads the member `level` of a JSON object that has a valid time as well, and takes all else for INFO. A level
 * that AWS does not know hides nothing.
 */
export function isShown(line: string, levelMin: string): boolean {
  const rankMin = RANKS.get(levelMin) ?? 0;
  if (rankMin === 0) return true;
  return rankOf(line) >= rankMin;
}

function rankOf(line: string): number {
  if (!line.startsWith('{') || !line.includes('"level"')) return INFO;
  try {
    const { level, timestamp, time } = JSON.parse(line) as { level?: unknown; timestamp?: unknown; time?: unknown };
    const when = timestamp ?? time;
    if (typeof level !== 'string' || typeof when !== 'string' || !RFC_3339.test(when)) return INFO;
    return RANKS.get(level.toUpperCase()) ?? INFO;
  } catch {
    // A line that only looks like JSON has no level of its own.
    return INFO;
  }
}
