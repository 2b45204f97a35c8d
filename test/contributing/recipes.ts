import { type Block, blocksOf, FENCE } from '../fences';

/** What a recipe says to write, and where. */
export interface Edit {
  /** From the root of the house. */
  readonly file: string;
  /** Where it goes, by a whole line of the file; undefined: the file is new. */
  readonly at?: { readonly place: 'before' | 'after' | 'in place of'; readonly line: string };
  readonly text: string;
}

/** A section of CONTRIBUTING.md that says how to add something. */
export interface Recipe {
  readonly title: string;
  readonly edits: readonly Edit[];
  /** What a contributor runs then, a line a command. */
  readonly commands: readonly string[];
}

const HEADING = /^### (Add .+)$/;
const ANY_HEADING = /^#{1,3} /;
const NEW_FILE = /in the new file `([^`]+)`:$/;
const OLD_FILE = /in `([^`]+)`, (before|after|in place of) `([^`]+)`:$/;

/** The recipes of a page: its sections 'Add ...'. @throws Error on a block that does not say where it goes */
export function recipesOf(page: string): Recipe[] {
  const recipes: Recipe[] = [];
  for (const { title, lines } of sectionsOf(page.split('\n'))) {
    const blocks = blocksOf(lines);
    const isShell = ({ language }: Block) => language === 'sh';
    recipes.push({
      title,
      edits: blocks.filter((block) => !isShell(block)).map(editOf),
      commands: blocks.filter(isShell).flatMap(({ text }) => text.trimEnd().split('\n')),
    });
  }
  return recipes;
}

/** A '#' within a block of code is no heading. */
function sectionsOf(lines: readonly string[]): { title: string; lines: string[] }[] {
  const sections: { title: string; lines: string[] }[] = [];
  let isCode = false;
  let open = false;
  for (const line of lines) {
    if (FENCE.test(line)) isCode = !isCode;
    if (!isCode && ANY_HEADING.test(line)) {
      const title = HEADING.exec(line)?.[1];
      open = title !== undefined;
      if (title !== undefined) sections.push({ title, lines: [] });
    } else if (open) {
      sections[sections.length - 1].lines.push(line);
    }
  }
  return sections;
}

function editOf({ above, text }: Block): Edit {
  const [, made] = NEW_FILE.exec(above) ?? [];
  if (made !== undefined) return { file: made, text };
  const [, file, place, line] = OLD_FILE.exec(above) ?? [];
  if (place === 'before' || place === 'after' || place === 'in place of')
    return { file, at: { place, line }, text };
  throw new Error(`the line above a block says neither 'in the new file' nor 'in …, after …': ${above}`);
}

/**
 * A file after an edit.
 * @param content before it; undefined where there is no such file
 * @throws Error where the file is not as the recipe has it
 */
export function edited(content: string | undefined, { file, at, text }: Edit): string {
  if (!at) {
    if (content === undefined) return text;
    throw new Error(`${file} is there already`);
  }
  if (content === undefined) throw new Error(`${file} is not there`);
  const lines = content.split('\n');
  const places = [...lines.keys()].filter((i) => lines[i].trim() === at.line.trim());
  if (places.length !== 1) throw new Error(`${file} has ${places.length} lines '${at.line}', expected one`);
  const [first] = places;
  const added = text.trimEnd().split('\n');
  if (at.place === 'before') lines.splice(first, 0, ...added);
  else if (at.place === 'after') lines.splice(first + 1, 0, ...added);
  else lines.splice(first, lengthOf(lines, first), ...added);
  return lines.join('\n');
}

/** How many lines belong to one: where it opens a brace, all to the line that closes it. */
function lengthOf(lines: readonly string[], first: number): number {
  if (!lines[first].endsWith('{')) return 1;
  const indent = /^ */.exec(lines[first])?.[0] ?? '';
  const end = lines.findIndex((line, i) => i > first && line.startsWith(`${indent}}`));
  if (end < 0) throw new Error(`what '${lines[first]}' opens is never closed`);
  return end + 1 - first;
}
