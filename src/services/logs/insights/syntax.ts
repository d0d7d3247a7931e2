/** What an expression gives; undefined: the field is not there. */
export type Value = string | number | boolean | undefined;

export type Expression =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'not' | 'negative'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly sign: BinarySign; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'like'; readonly of: Expression; readonly pattern: RegExp }
  | { readonly kind: 'in'; readonly of: Expression; readonly list: readonly Expression[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] };

export const BINARY_SIGNS = ['or', 'and', '=', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '^'] as const;
export type BinarySign = (typeof BINARY_SIGNS)[number];

/** An expression with the name that its value has in the results: its alias, or its own text. */
export interface Named {
  readonly name: string;
  readonly expression: Expression;
}

export interface Aggregate {
  readonly name: string;
  readonly function: string;
  readonly args: readonly Expression[];
}

export type Command =
  | { readonly kind: 'fields'; readonly fields: readonly Named[] }
  | { readonly kind: 'display'; readonly fields: readonly Named[] }
  | { readonly kind: 'filter'; readonly condition: Expression }
  | { readonly kind: 'parse'; readonly of: Expression; readonly pattern: RegExp; readonly names: readonly string[] }
  | { readonly kind: 'stats'; readonly aggregates: readonly Aggregate[]; readonly by: readonly Named[] }
  | { readonly kind: 'sort'; readonly keys: readonly { readonly expression: Expression; readonly sign: 1 | -1 }[] }
  | { readonly kind: 'dedup'; readonly by: readonly Named[] }
  | { readonly kind: 'limit'; readonly count: number };
