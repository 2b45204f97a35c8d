import { expect, test } from 'vitest';
import { GpuUnavailableError, ShapeError } from '../../src/node';
import { connect, type JobContext, serve, type WorkerPort } from '../../src/worker/public';

/** A client and a worker in one thread: what they say is copied and moved as between two. */
function joined(jobs: Parameters<typeof serve>[0], inFlight?: number) {
  const { port1, port2 } = new MessageChannel();
  serve(jobs, { port: port1 as never, inFlight });
  port1.start();
  port2.start();
  return Object.assign(port2, { terminate: () => port1.close() }) as unknown as WorkerPort;
}

const jobs = {
  double: (numbers: Float32Array, { give }: JobContext<never>) => {
    const twice = numbers.map((value) => 2 * value);
    return give(twice, [twice.buffer]);
  },
  count: async (to: number, { report }: JobContext<number>) => {
    for (let i = 1; i <= to; i++) await report(i);
    return 'counted';
  },
  hurry: (to: number, { report }: JobContext<number>) => {
    for (let i = 1; i <= to; i++) void report(i);
  },
  wait: (_: null, { signal }: JobContext<never>) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  fail: (how: string) => {
    if (how === 'shape') throw new ShapeError('a [2] is no [3]');
    if (how === 'gpu') throw new GpuUnavailableError([{ what: 'here', outcome: 'none' }], 'Look elsewhere.');
    throw new TypeError('a slip');
  },
};
type JobsHere = typeof jobs;

test('a call gives the result of its job, and moves what is to be moved', async () => {
  const client = connect<JobsHere>(joined(jobs));
  expect(await client.ready).toEqual(['double', 'count', 'hurry', 'wait', 'fail']);
  const numbers = Float32Array.of(1, 2, 3);
  expect(await client.call('double', numbers, { transfer: [numbers.buffer] })).toEqual(
    Float32Array.of(2, 4, 6),
  );
  expect(numbers.length).toBe(0);
  client.close();
});

test('no more reports are on their way than there is room for, and none is lost or out of order', async () => {
  const sent: number[] = [];
  let taken = 0;
  let most = 0;
  const watched = {
    ...jobs,
    count: async (to: number, context: JobContext<number>) => {
      for (let i = 1; i <= to; i++) {
        await context.report(i);
        sent.push(i);
        most = Math.max(most, sent.length - taken);
      }
    },
  };
  const client = connect<JobsHere>(joined(watched, 3));
  const seen: number[] = [];
  await client.call('count', 20, {
    onReport: async (i) => {
      await new Promise((resolve) => setTimeout(resolve, 2)); // a page that is busy
      seen.push(i);
      taken += 1;
    },
  });
  await expect.poll(() => seen).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(most).toBe(3);
  client.close();
});

test('a job that does not wait for its reports still has all of them told before it ends', async () => {
  const client = connect<JobsHere>(joined(jobs, 2));
  const seen: number[] = [];
  await client.call('hurry', 9, { onReport: (i) => void seen.push(i) });
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  client.close();
});

test('a cancelled call ends with INTERRUPTED once its job has stopped, also one that only reports', async () => {
  const client = connect<JobsHere>(joined(jobs, 1));
  const stop = new AbortController();
  const waiting = client.call('wait', null, { signal: stop.signal });
  const counting = client.call('count', 1e6, { signal: stop.signal, onReport: () => stop.abort() });
  await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED' });
  await expect(counting).rejects.toMatchObject({ code: 'INTERRUPTED' });
  await expect(client.call('wait', null, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'INTERRUPTED',
  });
  client.close();
});

test('an error comes with its class, its code and its fields', async () => {
  const client = connect<JobsHere>(joined(jobs));
  await expect(client.call('fail', 'shape')).rejects.toMatchObject({
    name: 'WorkerError',
    kind: 'ShapeError',
    code: 'SHAPE',
    message: 'a [2] is no [3]',
  });
  await expect(client.call('fail', 'gpu')).rejects.toMatchObject({
    code: 'GPU_UNAVAILABLE',
    fields: { attempts: [{ what: 'here', outcome: 'none' }], remedy: 'Look elsewhere.' },
  });
  await expect(client.call('fail', '')).rejects.toMatchObject({ kind: 'TypeError', code: 'UNEXPECTED' });
  await expect(client.call('sing' as 'fail', '')).rejects.toThrow(/no job 'sing'; it has double, count/);
  client.close();
});

test('a closed client ends what is under way, and takes no more', async () => {
  const client = connect<JobsHere>(joined(jobs));
  const waiting = client.call('wait', null);
  await client.ready;
  client.close();
  await expect(waiting).rejects.toMatchObject({ code: 'WORKER_CLOSED' });
  await expect(client.call('count', 1)).rejects.toThrow('closed; start another');
});

test('of reports that replace each other only the newest waits', async () => {
  const progress = async (to: number, { report }: JobContext<string>) => {
    for (let i = 1; i <= to; i++) void report(`step ${i}`, { replaces: 'step' });
    await report('epoch');
  };
  const client = connect<{ progress: typeof progress }>(joined({ progress }, 2));
  const seen: string[] = [];
  await client.call('progress', 500, { onReport: (said) => void seen.push(said) });
  expect(seen).toEqual(['step 1', 'step 2', 'step 500', 'epoch']);
  client.close();
});
