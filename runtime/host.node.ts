import { availableParallelism } from 'node:os';
import { create } from 'webgpu';
import { collectGarbage } from './collect.node';
import { compileBeside } from './compile-beside.node';
import { shaderDump } from './dump.node';
import { withEnvironment } from './environment.node';
import { type AdapterAttempt, GpuUnavailableError, TaskgradError } from './errors';
import {
  type AdapterChoice,
  type AdapterKind,
  classifyAdapter,
  describeAdapter,
  type FoundAdapter,
  type GpuHost,
} from './host';
import type { Dispatch } from './kernel';
import { numbered } from './numbered.node';
import { restWhileWaiting } from './rest.node';
import { roundsOnCores } from './rounds.node';
import { Runtime } from './runtime';
import { provideSwiftShader } from './swiftshader.node';
import { withoutTalk } from './talk.node';

const HINTS: Record<AdapterKind, string | undefined> = {
  gpu: undefined,
  lavapipe: 'install your GPU vendor’s Vulkan driver to use a real GPU',
  swiftshader:
    'install your GPU vendor’s Vulkan driver, or Mesa 24+ lavapipe (Debian: mesa-vulkan-drivers from bookworm-backports), which is about 5 times faster',
};
const LAVAPIPE = 'Mesa 24+ lavapipe: Debian package mesa-vulkan-drivers';
const PACKAGE = 'on linux-x64 let npm install the optional package @sparticuz/chromium';
const BEST = "take the best adapter that there is: openGpu({ adapter: 'auto' }), or --adapter auto";
const SHOWS = '`taskgrad devices` shows what is found.';
/** What is to be done where an adapter that was asked for is missing. */
const REMEDIES: Record<AdapterChoice, string> = {
  auto: `Install a Vulkan driver (your GPU vendor’s, or ${LAVAPIPE}), or ${PACKAGE}. ${SHOWS}`,
  gpu: `Install a Vulkan driver of your GPU’s vendor, or ${BEST}. ${SHOWS}`,
  lavapipe: `Install ${LAVAPIPE}, or ${BEST}. ${SHOWS}`,
  swiftshader: `For SwiftShader, ${PACKAGE}, or ${BEST}. ${SHOWS}`,
};
const OLDEST_MESA = 24;
const MESA_SWITCHES = ['MESA_SHADER_CACHE_DISABLE', 'MESA_GLSL_CACHE_DISABLE'];
const MOST_COMPILERS = 4;
/** Dawn rounds timestamps to 65 µs, which hides web pages' neighbours from each other but most kernels from a profile. */
const DAWN_FLAGS = ['disable-dawn-features=timestamp_quantization'];

/** WebGPU in Node: Dawn, on a real GPU, on Mesa's lavapipe, or on SwiftShader from npm, in this order. */
export const nodeHost: GpuHost = {
  async find(choice: AdapterChoice, index?: number): Promise<FoundAdapter> {
    if (!Object.hasOwn(REMEDIES, choice)) {
      const known = Object.keys(REMEDIES).join("', '");
      throw new TaskgradError('ADAPTER', `openGpu: adapter is '${String(choice)}', expected '${known}'`);
    }
    const attempts: AdapterAttempt[] = [];
    for (const { what, find } of waysTo({ adapter: choice, adapterIndex: index })) {
      const found = await find();
      if (typeof found !== 'string') return found;
      attempts.push({ what, outcome: found });
    }
    throw new GpuUnavailableError(attempts, REMEDIES[choice]);
  },
};

interface Way {
  readonly what: string;
  readonly find: () => Promise<FoundAdapter | string>;
}

/** What was asked for. */
interface Asked {
  readonly adapter: AdapterChoice;
  readonly adapterIndex?: number;
}

function waysTo(asked: Asked): Way[] {
  const swiftshader: Way = { what: 'SwiftShader from npm', find: () => trySwiftShader(asked) };
  // Dawn puts discrete GPUs before integrated ones and both before CPU drivers, so one look finds the best.
  const installed = (kinds: readonly AdapterKind[], environment: Record<string, string> = {}): Way => ({
    what: 'installed drivers',
    find: () => tryDrivers(asked, kinds, environment),
  });
  switch (asked.adapter) {
    case 'auto':
      return [installed(['gpu', 'lavapipe']), swiftshader];
    case 'gpu':
      return [installed(['gpu'])];
    case 'lavapipe':
      return [installed(['lavapipe'], { VK_LOADER_DRIVERS_SELECT: '*lvp*' })];
    case 'swiftshader':
      return [swiftshader];
  }
}

async function trySwiftShader(asked: Asked): Promise<FoundAdapter | string> {
  const provided = await provideSwiftShader();
  return 'missing' in provided
    ? provided.missing
    : tryDrivers(asked, ['swiftshader'], { VK_DRIVER_FILES: provided.icd });
}

async function tryDrivers(
  asked: Asked,
  kinds: readonly AdapterKind[],
  environment: Record<string, string>,
): Promise<FoundAdapter | string> {
  const { adapterIndex: index } = asked;
  const ask = (more: Readonly<Record<string, string>>, ...flags: string[]) =>
    withEnvironment({ ...environment, ...more }, () => {
      const instance = instanceHere(flags);
      return withoutTalk(() => instance.requestAdapter({ powerPreference: 'high-performance' }));
    });
  const adapter = await (index === undefined ? ask({}) : askFor(index, ask));
  if (typeof adapter === 'string') return adapter;
  if (!adapter) return 'none found';
  const description = describeAdapter(adapter.info);
  const kind = classifyAdapter(adapter.info);
  if (!kinds.includes(kind)) return `only ${description} found`;
  const mesa = /Mesa (\d+)/.exec(description);
  if (kind === 'lavapipe' && mesa && Number(mesa[1]) < OLDEST_MESA) return `${description} is too old`;
  const waits = kind === 'gpu' ? undefined : restWhileWaiting();
  return {
    adapter,
    kind,
    description,
    hint: HINTS[kind],
    waits,
    collect: collectGarbage,
    compileBeside: kind === 'lavapipe' && sharesCompiled() ? compilingBeside(asked) : undefined,
    rounds: kind === 'lavapipe' ? roundsOnCores() : undefined,
    dump: shaderDump(),
  };
}

/** Whether devices share what they compiled, by Mesa's cache on disk. */
const sharesCompiled = (): boolean =>
  !MESA_SWITCHES.some((name) => /^(1|true|yes|y)$/i.test(process.env[name] ?? ''));

const compilingBeside =
  (asked: Asked) =>
  (dispatches: readonly Dispatch[]): Promise<void> =>
    compileBeside(dispatches, Math.min(availableParallelism(), MOST_COMPILERS), () =>
      Runtime.open(nodeHost, asked),
    );

/** The adapter of a number, or why there is none. */
async function askFor(
  index: number,
  ask: (environment: Readonly<Record<string, string>>, flag: string) => Promise<GPUAdapter | null>,
): Promise<GPUAdapter | null | string> {
  const one = await numbered(index, (name, environment) => ask(environment, `adapter=${name}`));
  return 'problem' in one ? one.problem : ask(one.environment, `adapter=${one.name}`);
}

const instances = new Map<string, GPU>();

/**
 * Dawn for the drivers that the environment names. It is kept for good: Dawn looks at an instance in later turns of the event
 * loop, after its last device too, and ends the process if it was collected by then.
 */
function instanceHere(flags: readonly string[]): GPU {
  const drivers = Object.entries(process.env).filter(([name]) => /^(VK_|DRI_PRIME$)/.test(name));
  const key = JSON.stringify([drivers.sort(), flags]);
  const instance = instances.get(key) ?? create([...DAWN_FLAGS, ...flags]);
  instances.set(key, instance);
  return instance;
}
