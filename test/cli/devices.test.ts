import { describe, expect, it } from 'vitest';
import { remedyFor } from '../../src/cli/commands/devices';
import { useCli } from './program';

const cli = useCli();

const devices = async (...args: string[]) => {
  const { code, stdout, stderr } = await cli.run('devices', '--json', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const found = events.filter(({ event }) => event === 'device');
  expect(found.map(({ kind }) => kind)).toEqual(['gpu', 'lavapipe', 'swiftshader']);
  const usable = found.filter(({ description }) => description !== undefined);
  expect(events.at(-1)).toMatchObject({ event: 'auto', kind: usable[0]?.kind ?? null });
  return { found, usable };
};

describe('taskgrad devices', () => {
  it('measures every adapter there is, and says how to get each that is not', async () => {
    const { found, usable } = await devices();
    expect(usable.length).toBeGreaterThan(0);
    for (const { kind, software, limits, features, peaks, hint } of usable) {
      expect(software).toBe(kind !== 'gpu');
      expect(limits).toMatchObject({ maxBufferSize: expect.any(Number), maxBindGroups: expect.any(Number) });
      expect(features).toEqual(expect.arrayContaining(['core-features-and-limits']));
      expect(peaks.flopsPerSecond).toBeGreaterThan(1e8);
      expect(peaks.bytesPerSecond).toBeGreaterThan(1e7);
      expect(typeof hint).toBe(software ? 'string' : 'undefined');
    }
    for (const { outcome, remedy } of found.filter((device) => !usable.includes(device)))
      expect([outcome, remedy]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
  });

  it('with --no-measure leaves the measuring out', async () => {
    const { usable } = await devices('--no-measure');
    expect(usable.map(({ peaks }) => peaks)).toEqual(usable.map(() => undefined));
    const { stdout } = await cli.run('devices', '--no-measure');
    expect(stdout).not.toContain('GFLOP/s');
  });
});

describe('what to install', () => {
  it('is what the system can have', () => {
    expect(remedyFor('gpu', 'linux', 'x64')).toContain('Vulkan driver');
    expect(remedyFor('gpu', 'win32', 'x64')).toContain('update your GPU’s driver');
    expect(remedyFor('lavapipe', 'linux', 'arm64')).toContain('mesa-vulkan-drivers');
    expect(remedyFor('lavapipe', 'darwin', 'arm64')).toContain('none for this system');
    expect(remedyFor('swiftshader', 'linux', 'x64')).toBe('npm install @sparticuz/chromium');
    expect(remedyFor('swiftshader', 'linux', 'arm64')).toContain('this is linux-arm64');
  });
});
