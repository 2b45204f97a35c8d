import { Command } from 'commander';
import { GpuUnavailableError } from '../../../runtime/errors';
import type { AdapterKind } from '../../../runtime/host';
import { nodeHost } from '../../../runtime/host.node';
import { example, jsonOption } from '../options';
import { reporterFor } from '../progress';

const KINDS: readonly AdapterKind[] = ['gpu', 'lavapipe', 'swiftshader'];
const SHOWN_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
] as const;
const SHOWN_FEATURES = ['timestamp-query', 'subgroups', 'shader-f16'];

export function devicesCommand(): Command {
  return new Command('devices')
    .description('Show every adapter that can be used, its limits, and how to get a better one')
    .addOption(jsonOption())
    .addHelpText('after', example('taskgrad devices'))
    .action(showDevices);
}

async function showDevices(options: { json: boolean }): Promise<void> {
  const { say } = reporterFor(options);
  for (const kind of KINDS) {
    try {
      const { adapter, description, hint, release } = await nodeHost.find(kind);
      const limits = Object.fromEntries(SHOWN_LIMITS.map((name) => [name, adapter.limits[name]]));
      const features = SHOWN_FEATURES.filter((feature) => adapter.features.has(feature));
      release();
      say(`${kind}: ${description}`, { event: 'device', kind, description, limits, features, hint });
      for (const [name, value] of Object.entries(limits)) say(`    ${name}: ${value.toLocaleString('en')}`);
      say(`    features: ${features.join(', ') || 'none of note'}`);
      if (hint) say(`    for a faster one: ${hint}`);
    } catch (error) {
      if (!(error instanceof GpuUnavailableError)) throw error;
      const outcome = error.attempts.map((attempt) => attempt.outcome).join('; ');
      say(`${kind}: not available (${outcome})`, { event: 'device', kind, outcome });
    }
  }
}
