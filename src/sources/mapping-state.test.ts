import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStable, nextState, stateOfChanged, stateOfNew } from './mapping-state.ts';

test('a new mapping is created and then enabled, or disabled at once', () => {
  assert.equal(stateOfNew(true), 'creating');
  assert.equal(nextState('creating', true), 'enabled');
  assert.equal(stateOfNew(false), 'disabled');
});

test('a change passes through the state that says what is changed', () => {
  assert.equal(stateOfChanged('enabled', true), 'updating');
  assert.equal(stateOfChanged('enabled', false), 'disabling');
  assert.equal(stateOfChanged('disabled', true), 'enabling');
  assert.equal(stateOfChanged('disabled', false), 'updating');
});

test('every state leads to what is wanted, and from there nowhere', () => {
  for (const state of ['creating', 'updating', 'enabling', 'disabling'] as const) {
    assert.equal(nextState(state, true), 'enabled', state);
    assert.equal(nextState(state, false), 'disabled', state);
    assert.ok(!isStable(state));
  }
  for (const state of ['enabled', 'disabled'] as const) {
    assert.ok(isStable(state));
    assert.equal(nextState(state, state === 'enabled'), undefined);
  }
  assert.equal(nextState('deleting', true), 'gone');
  assert.equal(nextState('deleting', false), 'gone');
});
