// The language of patterns, which EventBridge, event source mappings and topics share: public as `aws/event-ruler`, and in
// EventBridge's user guide, "Comparison operators for use in event patterns".

/** All of these hold, within one and the same object where the event has a list of them. */
export type Pattern = readonly Field[];

export type Field =
  /** One of the conditions holds for one of the field's values. */
  | { readonly kind: 'values'; readonly key: string; readonly conditions: readonly Condition[] }
  | { readonly kind: 'nested'; readonly key: string; readonly pattern: Pattern }
  /** One of the alternatives holds. */
  | { readonly kind: 'or'; readonly alternatives: readonly Pattern[] };

export type Condition =
  | { readonly kind: 'equals'; readonly value: Scalar }
  | { readonly kind: 'text'; readonly test: TextTest }
  | { readonly kind: 'numeric'; readonly tests: readonly NumericTest[] }
  | { readonly kind: 'cidr'; readonly contains: (address: string) => boolean }
  | { readonly kind: 'exists'; readonly wanted: boolean }
  /** The field is there, and has a value that is none of these. */
  | { readonly kind: 'anything-but'; readonly values: ReadonlySet<Scalar> }
  | { readonly kind: 'anything-but-text'; readonly tests: readonly TextTest[] };

export type Scalar = string | number | boolean | null;

export interface TextTest {
  readonly kind:
    | 'prefix'
    | 'suffix'
    | 'prefix-ignore-case'
    | 'suffix-ignore-case'
    | 'equals-ignore-case'
    /** `*` stands for any characters, `\*` and `\\` for themselves. */
    | 'wildcard';
  readonly text: string;
}

export interface NumericTest {
  readonly operator: NumericOperator;
  readonly bound: number;
}

export const NUMERIC_OPERATORS = ['<', '<=', '>', '>=', '='] as const;

export type NumericOperator = (typeof NUMERIC_OPERATORS)[number];

export function isNumericOperator(text: string): text is NumericOperator {
  return (NUMERIC_OPERATORS as readonly string[]).includes(text);
}
