import type { Report } from '../protocol';

/** Tells the page. Who waits for what it returns is never far ahead of a page that is busy. */
export type Tell = (report: Report, transfer?: Transferable[]) => unknown;
