import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environmentAt, gpusByModel } from '../../runtime/pci.node';

/** A server's devices: a network card, the chip of its own screen, and three GPUs, of which two are of one model. */
const MACHINE = {
  '0000:01:00.0': ['0x020000', '0x15b3', '0x101d'],
  '0000:02:00.0': ['0x030000', '0x1a03', '0x2000'],
  '0000:c1:00.0': ['0x030200', '0x10de', '0x20b2'],
  '0000:41:00.0': ['0x030200', '0x10de', '0x20b2'],
  '0000:81:00.0': ['0x030000', '0x10de', '0x2684'],
};

describe('the GPUs of a machine', () => {
  let devices: string;
  beforeAll(async () => {
    devices = await mkdtemp(join(tmpdir(), 'taskgrad-pci-'));
    for (const [address, texts] of Object.entries(MACHINE)) {
      await mkdir(join(devices, address));
      for (const [i, name] of ['class', 'vendor', 'device'].entries())
        await writeFile(join(devices, address, name), `${texts[i]}\n`);
    }
  });
  afterAll(() => rm(devices, { recursive: true }));

  test('are grouped by model, the most of one first', () => {
    expect(gpusByModel(devices)).toEqual([
      ['0000:41:00.0', '0000:c1:00.0'],
      ['0000:02:00.0'],
      ['0000:81:00.0'],
    ]);
    expect(gpusByModel(join(devices, 'none'))).toEqual([]);
  });

  test('are shared by processes, an equal one each in turn, unless the user has chosen', () => {
    const shown = [0, 1, 2].map((place) => environmentAt(place, devices, {}).DRI_PRIME);
    expect(shown).toEqual(['pci-0000_41_00_0!', 'pci-0000_c1_00_0!', 'pci-0000_41_00_0!']);
    for (const name of ['DRI_PRIME', 'MESA_VK_DEVICE_SELECT'])
      expect(environmentAt(1, devices, { [name]: '10de:2684!' })).toEqual({});
    expect(environmentAt(1, join(devices, 'none'), {})).toEqual({});
  });
});
