import type { Report } from '../protocol';

export type Tell = (report: Report, transfer?: Transferable[]) => void;
