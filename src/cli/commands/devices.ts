import { Command } from 'commander';
import { GpuUnavailableError, TaskgradError } from '../../../runtime/errors';
import type { AdapterKind, FoundAdapter } from '../../../runtime/host';
import { nodeHost } from '../../../runtime/host.node';
import { measurePeaks, type Peaks } from '../../../runtime/peaks';
import { Runtime } from '../../../runtime/runtime';
import { example, jsonOption } from '../options';
import { reporterFor } from '../progress';

/** The best first: 'auto' takes the first of these that is there. */
const KINDS: readonly AdapterKind[] = ['gpu', 'lavapipe', 'swiftshader'];
const SHOWN_LIMITS: readonly string[] = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
];
const SHOWN_FEATURES = ['timestamp-query', 'subgroups', 'shader-f16'];

interface DevicesOptions {
  readonly json: boolean;
  readonly measure: boolean;
}

export function devicesCommand(): Command {
  return new Command('devices')
    .description(
      'Show every adapter that can be used, its limits and measured speed, and how to get a better one',
    )
    .option('--no-measure', 'leave out the measuring of peak arithmetic and bandwidth (a second an adapter)')
    .addOption(jsonOption())
    .addHelpText('after', example('taskgrad devices'))
    .action(showDevices);
}

async function showDevices(options: DevicesOptions): Promise<void> {
  const { say } = reporterFor(options);
  let best: AdapterKind | undefined;
  for (const kind of KINDS) {
    try {
      const found = await nodeHost.find(kind);
      best ??= kind;
      const { description, hint } = found;
      const { limits, features } = abilitiesOf(found.adapter);
      const measured = options.measure ? await measure(found) : {};
      const software = kind !== 'gpu';
      const shown = SHOWN_FEATURES.filter((name) => features.includes(name));
      const lines = [
        `${kind}: ${description}${software ? ' (software)' : ''}`,
        ...SHOWN_LIMITS.map((name) => `${name}: ${limits[name]?.toLocaleString('en') ?? 'unknown'}`),
        `features: ${shown.join(', ') || 'none of note'}`,
        ...peakLines(measured),
        ...(hint ? [`for a faster one: ${hint}`] : []),
      ];
      const event = { event: 'device', kind, description, software, hint, limits, features, ...measured };
      say(lines.join('\n    '), event);
    } catch (error) {
      if (!(error instanceof GpuUnavailableError)) throw error;
      const outcome = error.attempts.map((attempt) => attempt.outcome).join('; ');
      const remedy = remedyFor(kind, process.platform, process.arch);
      const text = `${kind}: not available (${outcome})\n    to get it: ${remedy}`;
      say(text, { event: 'device', kind, outcome, remedy });
    }
  }
  const choice = best ? `'auto' takes ${best}` : 'no adapter can be used';
  say(choice, { event: 'auto', kind: best ?? null });
}

/** Everything the adapter tells of itself, for programs; the text shows what bears on compute shaders. */
function abilitiesOf({ limits, features }: GPUAdapter): {
  limits: Readonly<Record<string, number>>;
  features: readonly string[];
} {
  const values: Record<string, number> = {};
  for (const name in limits) {
    const value: unknown = Reflect.get(limits, name);
    if (typeof value === 'number') values[name] = value;
  }
  return { limits: values, features: [...features].sort() };
}

type Measured = { readonly peaks?: Peaks; readonly notMeasured?: string };

/** Opens a device of the adapter, measures, and closes it when its work is done. */
async function measure(found: FoundAdapter): Promise<Measured> {
  try {
    const runtime = await Runtime.open({ find: async () => found }, {});
    try {
      return { peaks: await measurePeaks(runtime) };
    } finally {
      runtime.dispose();
    }
  } catch (error) {
    if (!(error instanceof TaskgradError)) throw error;
    return { notMeasured: error.message };
  }
}

function peakLines({ peaks, notMeasured }: Measured): string[] {
  if (notMeasured) return [`peaks: not measured (${notMeasured})`];
  if (!peaks) return [];
  return [
    `peak f32 multiply-add: ${threeDigits(peaks.flopsPerSecond / 1e9)} GFLOP/s (measured)`,
    `peak copy: ${threeDigits(peaks.bytesPerSecond / 1e9)} GB/s, read and written (measured)`,
  ];
}

const threeDigits = (value: number) => value.toLocaleString('en', { maximumSignificantDigits: 3 });

/** What to install for a kind of adapter that is not there. */
export function remedyFor(kind: AdapterKind, platform: NodeJS.Platform, arch: string): string {
  const linux = platform === 'linux';
  switch (kind) {
    case 'gpu':
      return linux
        ? 'install your GPU vendor’s Vulkan driver (AMD and Intel: package mesa-vulkan-drivers; NVIDIA: its own driver); a container or virtual machine must be given the GPU'
        : 'update your GPU’s driver; a virtual machine must be given the GPU';
    case 'lavapipe':
      return linux
        ? 'install Mesa 24 or newer (Debian 13, Ubuntu 24.04, Fedora: package mesa-vulkan-drivers; Debian 12: the same from bookworm-backports)'
        : 'none for this system: Mesa’s lavapipe is looked for on Linux';
    case 'swiftshader':
      return linux && arch === 'x64'
        ? 'npm install @sparticuz/chromium'
        : `none for this system: the packaged SwiftShader is for linux-x64, this is ${platform}-${arch}`;
  }
}
