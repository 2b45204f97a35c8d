import { expect, test } from 'vitest';
import { withEnvironment } from '../../runtime/environment.node';

const NAME = 'TASKGRAD_TEST_ENVIRONMENT';
const now = () => process.env[NAME];
const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('what overlaps finds its own values, and leaves what was there before', async () => {
  const seen = await Promise.all([
    withEnvironment({ [NAME]: 'first' }, () => after(5).then(now)),
    withEnvironment({ [NAME]: 'second' }, () => after(20).then(now)),
    withEnvironment({}, async () => now()),
  ]);
  expect(seen).toEqual(['first', 'second', undefined]);
  expect(now()).toBeUndefined();
});

test('what fails puts back what was there, and the next begins', async () => {
  process.env[NAME] = 'before';
  try {
    const failing = withEnvironment({ [NAME]: 'during' }, () => Promise.reject(new Error('no adapter')));
    const next = withEnvironment({}, async () => now());
    await expect(failing).rejects.toThrow('no adapter');
    expect(await next).toBe('before');
  } finally {
    delete process.env[NAME];
  }
});
