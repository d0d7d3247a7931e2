import assert from 'node:assert/strict';

/** What a refusal looks like to the official client. */
export async function refused(answer: Promise<unknown>, expected: { message: string; [member: string]: unknown }) {
  await assert.rejects(answer, (error: Error & { $metadata: { httpStatusCode?: number } }) => {
    const { httpStatusCode } = error.$metadata;
    assert.partialDeepStrictEqual(
      { ...error, name: error.name, message: error.message, $metadata: { httpStatusCode } },
      expected,
    );
    return true;
  });
}

/** A broken constraint of a member. */
export const constraint = (path: string, text: string) => ({
  name: 'ValidationError',
  message: `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${text}`,
  $metadata: { httpStatusCode: 400 },
});
