import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { haveFiles, ICD, LOADER } from './swiftshader-files.node';

/** Keeps a library mapped after dlopen has refused it as a Node add-on (glibc and musl agree on the value). */
const RTLD_NODELETE = 0x1000;

/**
 * Makes SwiftShader, a Vulkan driver that runs on the CPU, visible to the Vulkan loader of this process:
 * unpacks it from npm `@sparticuz/chromium` into the user's cache on first use, and again if it is not whole there.
 * @returns the ICD file to name in VK_DRIVER_FILES, or the reason why there is none.
 */
export async function provideSwiftShader(): Promise<{ icd: string } | { missing: string }> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return {
      missing: `the packaged SwiftShader is for linux-x64, this is ${process.platform}-${process.arch}`,
    };
  }
  const archive = findArchive();
  if (!archive)
    return {
      missing: 'npm package @sparticuz/chromium is not installed; run npm install @sparticuz/chromium',
    };
  const folder = join(envPaths('taskgrad', { suffix: '' }).cache, `swiftshader-${archive.version}`);
  try {
    await haveFiles(archive.path, folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      missing: `it cannot be had in ${folder} (XDG_CACHE_HOME picks another place): ${reason}`,
    };
  }
  preloadLoader(join(folder, LOADER));
  return { icd: join(folder, ICD) };
}

/** @returns undefined where the package is not installed */
export function findArchive(): { path: string; version: string } | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
    const root = entry.slice(0, entry.lastIndexOf('chromium') + 'chromium'.length);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const path = join(root, 'bin', 'swiftshader.tar.br');
    return existsSync(path) ? { path, version } : undefined;
  } catch {
    return undefined;
  }
}

/** Dawn opens libvulkan.so.1 by name; where the system has none, a copy loaded beforehand is found by its soname. */
function preloadLoader(path: string): void {
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch {
    // "Module did not self-register" is expected: the library stays loaded, which is all we want.
  }
}
