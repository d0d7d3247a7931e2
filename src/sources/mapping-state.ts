import type { MappingState } from './mapping.ts';

// lambda-facts 13.1 and 19.2. Pure: who stores a state, and who brings it about, is another's business.

/** A mapping that is not to be polled is disabled at once. */
export function stateOfNew(enabled: boolean): MappingState {
  return enabled ? 'creating' : 'disabled';
}

/** Whether it may be changed or deleted: nothing is under way. */
export function isStable(state: MappingState): state is 'enabled' | 'disabled' {
  return state === 'enabled' || state === 'disabled';
}

/** The state of an accepted change, on the way to what is wanted. */
export function stateOfChanged(state: 'enabled' | 'disabled', enabled: boolean): MappingState {
  if (enabled === (state === 'enabled')) return 'updating';
  return enabled ? 'enabling' : 'disabling';
}

/** What a state leads to; undefined: it is stable. */
export function nextState(state: MappingState, enabled: boolean): 'enabled' | 'disabled' | 'gone' | undefined {
  if (isStable(state)) return undefined;
  if (state === 'deleting') return 'gone';
  return enabled ? 'enabled' : 'disabled';
}
