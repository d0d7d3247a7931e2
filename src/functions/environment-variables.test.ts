import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkVariables } from './environment-variables.ts';
import { Refused } from './refusal.ts';

// AWS: "Defined runtime environment variables" (Lambda developer guide, 2026), reserved and unreserved.

const RESERVED = `_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME
  AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR AWS_LAMBDA_MAX_CONCURRENCY AWS_LAMBDA_METADATA_API
  AWS_LAMBDA_METADATA_TOKEN`.split(/\s+/);

const UNRESERVED = `LANG PATH LD_LIBRARY_PATH NODE_PATH NODE_OPTIONS PYTHONPATH GEM_PATH AWS_XRAY_CONTEXT_MISSING
  AWS_XRAY_DAEMON_ADDRESS AWS_LAMBDA_DOTNET_PREJIT TZ AWS_LAMBDA_EXEC_WRAPPER AWS_ENDPOINT_URL`.split(/\s+/);

test('every variable that AWS reserves is refused by its name', () => {
  for (const name of RESERVED) {
    assert.throws(
      () => checkVariables({ OWN: '1', [name]: 'x' }),
      (error: unknown) => {
        assert.ok(error instanceof Refused, name);
        assert.deepEqual(error.refusal, { kind: 'reserved-variables', names: [name] });
        return true;
      },
      name,
    );
  }
});

test('a value that no process can be given is refused by its name, and not told', () => {
  assert.throws(
    () => checkVariables({ OWN: '1', TOKEN: 'one\0two' }),
    (error: unknown) => {
      assert.ok(error instanceof Refused);
      assert.deepEqual(error.refusal, { kind: 'variables-with-nul', names: ['TOKEN'] });
      return true;
    },
  );
});

test('every variable that AWS lets customers set is taken', () => {
  checkVariables(Object.fromEntries(UNRESERVED.map((name) => [name, 'x'])));
});
