/** Whether Lambda may assume a role: what `functions` asks before it names one in a function. */
export type Assumable = (roleArn: string) => boolean;

/**
 * `unchecked`: roles may be named without existing, which is how most test suites work. `checked` (`--check-roles`):
 * only roles that exist; until IAM does, that is none.
 */
export function assumableRoles(mode: 'checked' | 'unchecked'): Assumable {
  return () => mode === 'unchecked';
}
