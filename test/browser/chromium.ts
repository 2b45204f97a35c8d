import { existsSync } from 'node:fs';

export interface Chromium {
  readonly path: string;
  /** Environment of the browser's process. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const DEBIAN = '/usr/bin/chromium';
/** Makes the npm package unpack the libraries and fonts that a bare machine lacks; it looks for AWS Lambda otherwise. */
const ASK_FOR_LIBRARIES = { AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x' };

/** Chromium brings its own SwiftShader, which drivers chosen for Node would hide from it. */
function withoutDrivers({ VK_DRIVER_FILES, VK_ICD_FILENAMES, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}

/** Debian's Chromium if installed, else that of npm `@sparticuz/chromium`. TASKGRAD_CHROMIUM=npm asks for the latter. */
export async function findChromium(): Promise<Chromium> {
  const path = process.env.TASKGRAD_CHROMIUM === 'npm' ? undefined : DEBIAN;
  if (path && existsSync(path)) return { path, env: withoutDrivers(process.env) };
  const before = { ...process.env };
  Object.assign(process.env, ASK_FOR_LIBRARIES);
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    return { path: await chromium.executablePath(), env: withoutDrivers(process.env) };
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
