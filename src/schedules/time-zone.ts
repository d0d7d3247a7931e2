// Local time of IANA time zones, by the data that Node carries. Local times are counted as if they were UTC.

const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;
/** There are some 600 zones, whose names may be written in many ways. */
const ZONES_MAX = 1_000;
const OFFSETS_MAX = 500;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** By quarters of an hour since the epoch. */
  readonly offsets: Map<number, number>;
}

const zones = new Map<string, Zone>();

/** Whether there is such a zone. Offsets (`+02:00`) are none. */
export function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    zoneOf(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** What clocks in the zone show at that moment. Throws RangeError for a zone that does not exist. */
export function localMs(zone: string, utcMs: number): number {
  return utcMs + offsetMs(zone, utcMs);
}

/**
 * When clocks in the zone show that time. One that comes twice, when clocks are put back, means the first; undefined for one
 * that is left out when clocks are put forward.
 */
export function utcMsOf(zone: string, localTimeMs: number): number | undefined {
  for (const offset of offsetsAround(zone, localTimeMs)) {
    if (offsetMs(zone, localTimeMs - offset) === offset) return localTimeMs - offset;
  }
  return undefined;
}

/** As `utcMsOf`, but a time that is left out means as long after the jump as it would be after the hour before it. */
export function utcMsAtOrAfter(zone: string, localTimeMs: number): number {
  return utcMsOf(zone, localTimeMs) ?? localTimeMs - offsetMs(zone, localTimeMs - DAY_MS);
}

/** Those in force a day before and a day after, the one with the earlier moment first. */
function offsetsAround(zone: string, localTimeMs: number): number[] {
  const around = [offsetMs(zone, localTimeMs - DAY_MS), offsetMs(zone, localTimeMs + DAY_MS)];
  return around.sort((one, other) => other - one);
}

function offsetMs(zone: string, utcMs: number): number {
  if (zone === 'UTC') return 0;
  const { format, offsets } = zoneOf(zone);
  // No zone has moved its clocks within a quarter of an hour since 1972.
  const quarter = Math.floor(utcMs / QUARTER_MS);
  let offset = offsets.get(quarter);
  if (offset === undefined) {
    offset = shownMs(format, quarter * QUARTER_MS) - quarter * QUARTER_MS;
    if (offsets.size >= OFFSETS_MAX) offsets.clear();
    offsets.set(quarter, offset);
  }
  return offset;
}

function shownMs(format: Intl.DateTimeFormat, utcMs: number): number {
  const parts: Record<string, string> = {};
  for (const { type, value } of format.formatToParts(utcMs)) parts[type] = value;
  const { year, month, day, hour, minute, second } = parts;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

/** Kept, since ten thousand schedules that are due in the same minute ask the same questions. */
function zoneOf(name: string): Zone {
  let zone = zones.get(name);
  if (zone === undefined) {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    });
    zone = { format, offsets: new Map() };
    if (zones.size >= ZONES_MAX) zones.clear();
    zones.set(name, zone);
  }
  return zone;
}
