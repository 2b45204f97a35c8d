import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DEVICES = '/sys/bus/pci/devices';
/** What PCI calls a display controller: a GPU with or without sockets for screens. */
const DISPLAY = '0x03';
/** By these a user chooses GPUs for all processes. */
const CHOSEN_BY = ['DRI_PRIME', 'MESA_VK_DEVICE_SELECT'];

/**
 * PCI addresses of this machine's GPUs, as '0000:41:00.0', those of one make and model in one list, the longest list first.
 * Empty but on Linux.
 * @param devices the folder in which the system shows its devices
 */
export function gpusByModel(devices = DEVICES): string[][] {
  const models = new Map<string, string[]>();
  for (const address of addressesIn(devices).sort()) {
    const [kind, vendor, device] = ['class', 'vendor', 'device'].map((name) =>
      textOf(join(devices, address, name)),
    );
    if (!kind.startsWith(DISPLAY)) continue;
    const model = `${vendor} ${device}`;
    models.set(model, [...(models.get(model) ?? []), address]);
  }
  return [...models.values()].sort((a, b) => b.length - a.length);
}

/**
 * Environment in which Vulkan shows one GPU of the machine only, by the layer `VK_LAYER_MESA_device_select` of Mesa. Where that is
 * not installed, or the GPU is not there, it changes nothing.
 */
export const showing = (address: string): Readonly<Record<string, string>> => ({
  DRI_PRIME: `pci-${address.replaceAll(/[:.]/g, '_')}!`,
});

/**
 * Environment of the `place`-th of several processes that share the machine's equal GPUs, counted from 0. Empty where there are
 * no two equal ones, or the user has chosen.
 */
export function environmentAt(
  place: number,
  devices = DEVICES,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<string, string>> {
  const [equals = []] = gpusByModel(devices);
  if (equals.length < 2 || CHOSEN_BY.some((name) => environment[name] !== undefined)) return {};
  return showing(equals[place % equals.length]);
}

function addressesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
