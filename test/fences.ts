/** A block of code between two fences. */
export interface Block {
  readonly language: string;
  /** The last line of words above it. */
  readonly above: string;
  readonly text: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
}

/** A line that opens a block, or closes one. */
export const FENCE = /^( *)```(\w*)$/;

/** The blocks of code of a page, or of a part of it. @throws Error on one that has no end */
export function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let above = '';
  for (let i = 0; i < lines.length; i++) {
    const [isFence, indent, language] = FENCE.exec(lines[i]) ?? [];
    if (isFence === undefined) {
      if (lines[i].trim() !== '') above = lines[i].trim();
      continue;
    }
    const end = lines.indexOf(`${indent}\`\`\``, i + 1);
    if (end < 0) throw new Error(`a block of code has no end: ${above}`);
    const code = lines.slice(i + 1, end).map((line) => line.replace(indent, ''));
    blocks.push({ language, above, text: `${code.join('\n')}\n`, line: i + 2 });
    i = end;
  }
  return blocks;
}
