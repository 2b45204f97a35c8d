import type { Report } from '../protocol';
import { decodeReports } from './codec';

/** The reports of a finished sample, which the page shows where nothing can be computed. Nothing where it is not there. */
export async function loadSample(): Promise<readonly Report[] | undefined> {
  try {
    const response = await fetch(new URL('sample.json', document.baseURI));
    return response.ok ? decodeReports(await response.text()) : undefined;
  } catch {
    return undefined;
  }
}
