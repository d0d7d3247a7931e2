import { invalid } from './constraints.ts';

const ITEMS_DEFAULT = 100; // IAM API reference: MaxItems.

export interface PageInput {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

/**
 * The items behind the marker, in IAM's words. `idOf`: unique, and ascending in the order of the items, so that no item is
 * shown twice or left out while others come and go. Throws ValidationError for a marker that is not ours.
 */
export function page<Item>(
  items: readonly Item[],
  { Marker, MaxItems = ITEMS_DEFAULT }: PageInput,
  idOf: (item: Item) => string,
) {
  const after = Marker === undefined ? undefined : readMarker(Marker);
  const rest = after === undefined ? items : items.filter((item) => idOf(item) > after);
  const shown = rest.slice(0, MaxItems);
  const last = shown.at(-1);
  const IsTruncated = rest.length > shown.length;
  return {
    items: shown,
    answer: { IsTruncated, Marker: IsTruncated && last !== undefined ? writeMarker(idOf(last)) : undefined },
  };
}

const writeMarker = (id: string) => Buffer.from(JSON.stringify([id])).toString('base64url');

function readMarker(marker: string): string {
  try {
    const [id] = JSON.parse(Buffer.from(marker, 'base64url').toString());
    if (typeof id === 'string') return id;
  } catch {
    // Not one of ours: said below.
  }
  throw invalid('Invalid Marker.');
}
