/** What is asked of an adapter of WebGPU. */
export interface AskedAdapter {
  /** Names of what it offers beyond the least. */
  readonly features: { has(name: string): boolean };
  /** What it is. */
  readonly info: { readonly description: string; readonly vendor: string; readonly architecture: string };
  /** Opens it. */
  requestDevice(): Promise<{ destroy(): void }>;
}

/** A host's WebGPU, and what of its surroundings decides whether there is one. */
export interface Host {
  /** Undefined where the browser has none. */
  readonly navigator: {
    readonly gpu?: {
      requestAdapter(options: { readonly powerPreference: 'high-performance' }): Promise<AskedAdapter | null>;
    };
  };
  /** Whether the page came over https or from this machine. */
  readonly isSecureContext?: boolean;
}

/** Something that a browser, or its adapter, does not offer. */
export interface Lack {
  /** Its name in the specification, as in 'navigator.gpu' or 'shader-f16'. */
  readonly what: string;
  /** Whether the engine cannot open without it. */
  readonly needed: boolean;
  /** What it means, and what to do, for a person. */
  readonly words: string;
}

/** What a browser can do for the engine. */
export interface Support {
  /** Whether the engine can open. */
  readonly ok: boolean;
  /** What is lacking: the one thing without which it cannot, or else what it does without. */
  readonly lacks: readonly Lack[];
  /** What the adapter is called, where there is one. */
  readonly adapter?: string;
}

/** What the engine uses where it is there. */
const FEATURES: Readonly<Record<string, string>> = {
  'timestamp-query':
    'kernels cannot be timed one by one: a profile goes by the clock. Browsers that have it may hide it behind a setting for developers',
  'shader-f16': 'tensors are stored in 32 bits: those of 16 bits, half as large, cannot be made',
  subgroups: 'threads exchange numbers through shared memory, which takes a little longer',
};

/**
 * What the browser offers, asked of `navigator.gpu` itself: names of browsers say nothing of what a version has on a
 * machine, least of all in Firefox and Safari, which offer WebGPU on some systems only. To be asked where the engine shall
 * run: a browser may offer it to pages and not to workers.
 * @param host where to ask; default: here
 * @example
 * ```js
 * const { ok, lacks } = await checkSupport();
 * if (!ok) document.body.append(lacks[0].words);
 * ```
 */
export async function checkSupport(host: Host = globalThis as unknown as Host): Promise<Support> {
  const gpu = host.navigator?.gpu;
  if (!gpu) return missing(host.isSecureContext === false ? INSECURE : ABSENT);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (!adapter) return missing(NO_ADAPTER);
  const device = await adapter.requestDevice().catch((error: unknown) => String(error));
  if (typeof device === 'string') return missing(refused(device));
  device.destroy();
  const optional = Object.entries(FEATURES).flatMap(([name, words]): Lack[] =>
    adapter.features.has(name) ? [] : [{ what: name, needed: false, words: `Without ${name}, ${words}.` }],
  );
  const { description, vendor, architecture } = adapter.info;
  return {
    ok: true,
    lacks: optional,
    adapter: description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed adapter',
  };
}

const missing = (lack: Lack): Support => ({ ok: false, lacks: [lack] });

const INSECURE: Lack = {
  what: 'isSecureContext',
  needed: true,
  words: 'Browsers offer WebGPU only to pages that come over https or from this machine (localhost).',
};
const ABSENT: Lack = {
  what: 'navigator.gpu',
  needed: true,
  words:
    'This browser has no WebGPU here. An up-to-date one may: Chrome and Edge on most systems, Safari from version 26 on, Firefox on Windows and on newer Macs. Some offer it to pages and not yet to workers, or keep it behind a setting.',
};
const NO_ADAPTER: Lack = {
  what: 'requestAdapter',
  needed: true,
  words:
    'This browser has WebGPU, but no graphics card for it: hardware acceleration may be switched off, or the driver is on the list of those that it does not trust.',
};
const refused = (why: string): Lack => ({
  what: 'requestDevice',
  needed: true,
  words: `This browser found a graphics card, which refused to open (${why}). Closing other programs that use it, or starting the browser again, may help.`,
});
