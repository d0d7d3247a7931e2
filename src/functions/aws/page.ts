import { isNumber, LATEST } from '../function.ts';
import { invalid } from './refusal-to-aws.ts';

const PAGE_MAX = 50; // AWS: never more on one page of most lists, however many are asked for (lambda-facts 3.3).

/**
 * The items behind `marker`, and the marker of the next page if there is one. `idOf` is unique and stays the same, so
 * that no item is shown twice or left out while others come and go; a marker whose item has gone leads to the end of
 * what sorts before it.
 */
export function page<T>(
  items: readonly T[],
  idOf: (item: T) => readonly [string, number],
  {
    marker,
    maxItems,
    pageMax = PAGE_MAX,
  }: { marker: string | undefined; maxItems: number | undefined; pageMax?: number },
): { items: T[]; nextMarker: string | undefined } {
  const after = marker === undefined || marker === '' ? undefined : readMarker(marker);
  const rest = after === undefined ? items : items.filter((item) => isBehind(idOf(item), after));
  const shown = rest.slice(0, Math.min(maxItems ?? pageMax, pageMax));
  const last = shown.at(-1);
  return {
    items: shown,
    nextMarker: last !== undefined && rest.length > shown.length ? writeMarker(idOf(last)) : undefined,
  };
}

/** For lists in the order of qualifiers: `$LATEST`, then versions by number, then aliases by name. */
export function idOfQualifier({ qualifier }: { readonly qualifier: string }): readonly [string, number] {
  if (qualifier === LATEST) return ['', 0];
  return isNumber(qualifier) ? ['', Number(qualifier)] : [qualifier, 0];
}

function isBehind(
  [name, number]: readonly [string, number],
  [otherName, otherNumber]: readonly [string, number],
): boolean {
  return name === otherName ? number > otherNumber : name > otherName;
}

const writeMarker = (id: readonly [string, number]) => Buffer.from(JSON.stringify(id)).toString('base64url');

function readMarker(marker: string): readonly [string, number] {
  try {
    const [name, number] = JSON.parse(Buffer.from(marker, 'base64url').toString());
    if (typeof name === 'string' && typeof number === 'number') return [name, number];
  } catch {
    // Not one of ours: said below.
  }
  throw invalid('Invalid Marker');
}
