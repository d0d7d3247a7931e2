/** `20130524T000000Z` of seconds since the epoch. */
export function basicIso(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

const BASIC_ISO = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Seconds since the epoch of `20130524T000000Z`; undefined for any other form. */
export function basicIsoSeconds(text: string): number | undefined {
  const match = BASIC_ISO.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) / 1000;
}

/** The signature's time of a request that has a `Date` header only: botocore sends RFC 1123 and signs basic ISO. */
export function basicIsoOfHttpDate(text: string): string | undefined {
  if (BASIC_ISO.test(text)) return text;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : basicIso(Math.floor(ms / 1000));
}
