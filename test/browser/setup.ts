import { findChromium } from './chromium';

/** Unpacks npm's Chromium, where it is needed, once before test files in several processes ask for it at the same time. */
export async function setup(): Promise<void> {
  await findChromium().catch(() => undefined); // the browser tests will say it with the reason
}
