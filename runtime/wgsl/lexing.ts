/** WGSL without its comments; lines stay where they are. Block comments nest. */
export function withoutComments(source: string): string {
  let text = '';
  let depth = 0;
  for (let i = 0; i < source.length; i++) {
    const pair = source.slice(i, i + 2);
    if (pair === '/*' || (depth > 0 && pair === '*/')) {
      depth += pair === '/*' ? 1 : -1;
      i++;
      text += ' ';
    } else if (depth === 0 && pair === '//') {
      const end = source.indexOf('\n', i);
      i = (end < 0 ? source.length : end) - 1;
    } else if (depth === 0 || source[i] === '\n') {
      text += source[i];
    }
  }
  return text;
}

/** The declarations of a text without comments: each up to its `;`, or to the `}` that closes it. */
export function declarations(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const at = text[i];
    if ('({['.includes(at)) depth++;
    else if (')}]'.includes(at)) depth--;
    const ends = depth === 0 && (at === ';' || at === '}');
    if (!ends) continue;
    found.push(text.slice(start, at === ';' ? i : i + 1).trim());
    start = i + 1;
  }
  return found.filter((declaration) => declaration !== '');
}

/** Cuts at the commas that stand in no bracket, nor in one of `more` such as '<>'; empty parts are left out. */
export function splitTopLevel(text: string, more: '' | '<>' = ''): string[] {
  const [opening, closing] = more === '' ? ['({[', ')}]'] : ['({[<', ')}]>'];
  const parts = [''];
  let depth = 0;
  for (const at of text) {
    if (opening.includes(at)) depth++;
    else if (closing.includes(at)) depth--;
    if (at === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += at;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** Takes the attributes off the front of a declaration: `@group(0) @compute` as group → '0', compute → ''. */
export function takeAttributes(declaration: string): { attributes: Map<string, string>; rest: string } {
  const attributes = new Map<string, string>();
  let rest = declaration.trim();
  for (;;) {
    const [head, name] = /^@\s*(\w+)\s*/.exec(rest) ?? [];
    if (head === undefined || name === undefined) return { attributes, rest };
    rest = rest.slice(head.length);
    const length = rest.startsWith('(') ? bracketLength(rest) : 0;
    attributes.set(name, rest.slice(1, Math.max(1, length - 1)).trim());
    rest = rest.slice(length).trim();
  }
}

export const identifiers = (text: string): string[] => text.match(/[A-Za-z_]\w*/g) ?? [];

/** Length of the bracket that a text begins with, up to and with its end. */
function bracketLength(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i + 1;
  }
  return text.length;
}
