// States of a pipe, as AWS's model names them. Pure: who stores a state, and who brings it about, is another's business.

export type PipeState =
  | 'creating'
  | 'updating'
  | 'starting'
  | 'stopping'
  | 'deleting'
  | 'running'
  | 'stopped'
  | 'create-failed'
  | 'update-failed'
  | 'start-failed';

export type WantedState = 'running' | 'stopped';

/** Whether something is under way that leads to another state by itself. */
export function isUnderWay(state: PipeState): state is 'creating' | 'updating' | 'starting' | 'stopping' | 'deleting' {
  return ['creating', 'updating', 'starting', 'stopping', 'deleting'].includes(state);
}

/**
 * What a state leads to; undefined: it stays. `isReadable`: whether the pipe's source can be read. A pipe whose source cannot be
 * is not made, changed or started, whatever it is wanted to do.
 */
export function nextState(state: PipeState, wanted: WantedState, isReadable: boolean): PipeState | 'gone' | undefined {
  switch (state) {
    case 'creating':
      return isReadable ? wanted : 'create-failed';
    case 'updating':
      return isReadable ? wanted : 'update-failed';
    case 'starting':
      return isReadable ? 'running' : 'start-failed';
    case 'stopping':
      return 'stopped';
    case 'deleting':
      return 'gone';
    default:
      return undefined;
  }
}
