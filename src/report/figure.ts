/** A picture of the report: embedded in the page, and a file of its own beside it. */
export interface Figure {
  readonly section: 'training' | 'distance' | 'measures' | 'transfer' | 'search' | 'study' | 'published';
  /** File name without its ending. */
  readonly name: string;
  readonly svg: string;
  /** How to read it. */
  readonly caption: string;
}
