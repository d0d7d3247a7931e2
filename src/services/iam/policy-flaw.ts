/** What is wrong with a policy document. */
export type PolicyFlaw =
  | { readonly kind: 'no-json' }
  | { readonly kind: 'syntax' }
  | { readonly kind: 'version' }
  | { readonly kind: 'trust-version' }
  | { readonly kind: 'legacy' }
  | { readonly kind: 'sid-twice' }
  | { readonly kind: 'no-actions' }
  | { readonly kind: 'no-resources' }
  | { readonly kind: 'resource-form'; readonly resource: string }
  | { readonly kind: 'resource-partition'; readonly resource: string; readonly partition: string }
  | { readonly kind: 'resource-vendor' }
  | { readonly kind: 'action-without-vendor' }
  | { readonly kind: 'action-with-colons' }
  | { readonly kind: 'action-vendor'; readonly vendor: string }
  | { readonly kind: 'has-principal' }
  | { readonly kind: 'unknown-field' | 'missing-field' | 'prohibited-field'; readonly field: string }
  | { readonly kind: 'trust-action' }
  | { readonly kind: 'principal'; readonly type: string; readonly value: string };
