/** What a call throws or rejects with; a call that does neither fails the test. */
export async function failure(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('expected a failure, but the call went through');
}
