import { expect, test } from 'vitest';
import { checkSupport, type Host } from '../../src/worker/public';

const adapterWith = (
  features: readonly string[],
  requestDevice = async () => ({ destroy: () => undefined }),
) =>
  ({
    features: new Set(features),
    info: { description: '', vendor: 'acme', architecture: 'one' },
    requestDevice,
  }) as unknown as GPUAdapter;
const hostOf = (requestAdapter: () => Promise<GPUAdapter | null>): Host => ({
  navigator: { gpu: { requestAdapter } },
});

test('a browser without WebGPU, a page that is not secure, no adapter and one that refuses are told apart', async () => {
  const said = async (host: Host) => {
    const { ok, lacks } = await checkSupport(host);
    expect(ok).toBe(false);
    return lacks.map(({ what, needed }) => [what, needed]);
  };
  expect(await said({ navigator: {} })).toEqual([['navigator.gpu', true]]);
  expect(await said({ navigator: {}, isSecureContext: false })).toEqual([['isSecureContext', true]]);
  expect(await said(hostOf(async () => null))).toEqual([['requestAdapter', true]]);
  expect(await said(hostOf(() => Promise.reject(new Error('blocked'))))).toEqual([['requestAdapter', true]]);
  const refuses = adapterWith([], () => Promise.reject(new Error('too many devices')));
  expect(await said(hostOf(async () => refuses))).toEqual([['requestDevice', true]]);
  expect((await checkSupport(hostOf(async () => refuses))).lacks[0].words).toContain('too many devices');
});

test('what an adapter does without is named with what that means, and hinders nothing', async () => {
  const { ok, lacks, adapter } = await checkSupport(hostOf(async () => adapterWith(['subgroups'])));
  expect(ok).toBe(true);
  expect(adapter).toBe('acme one');
  expect(lacks.map(({ what, needed }) => [what, needed])).toEqual([
    ['timestamp-query', false],
    ['shader-f16', false],
  ]);
  expect(lacks[1].words).toContain('tensors are stored in 32 bits');
  expect(
    (await checkSupport(hostOf(async () => adapterWith(['subgroups', 'timestamp-query', 'shader-f16']))))
      .lacks,
  ).toEqual([]);
});

test('what a browser is called is never asked', async () => {
  const navigator = new Proxy({} as Host['navigator'], {
    get: (_, name) => {
      if (name !== 'gpu') throw new Error(`asked for navigator.${String(name)}`);
      return undefined;
    },
  });
  expect((await checkSupport({ navigator })).ok).toBe(false);
});
