/** So many characters of an error are read by anybody. */
const MOST = 500;
/** What is left out in the middle leaves so many at the end, where errors say what to do. */
const END = 160;

/**
 * C0 and C1, which command terminals; marks that turn the direction of what follows; halves of surrogate pairs and
 * noncharacters, which no XML may hold. Line breaks and tabs stay.
 */
const COMMANDS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\p{Cs}]/gu;

/** Pictures of the 32 control characters, as in ␛ for the escape. Source: Unicode, Control Pictures. */
const PICTURES = 0x2400;

function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(PICTURES + code);
  return code === 0x7f ? '␡' : '\ufffd';
}

/** Text from outside (names, paths, contents of files) as it may be printed and drawn: without commands to who shows it. */
export const plain = (text: string): string => text.replace(COMMANDS, picture);

/** The same in one line, as in a cell of a table. */
export const plainLine = (text: string): string => plain(text).replace(/[\n\t]/g, picture);

/** A message in which there may be text from outside: plain, in one line, and short. */
export function plainMessage(text: string): string {
  const line = plainLine(text);
  return line.length <= MOST ? line : plain(`${line.slice(0, MOST - END - 3)} … ${line.slice(-END)}`);
}
