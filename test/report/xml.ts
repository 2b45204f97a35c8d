/** A small strict XML reader for the tests: refuses what a browser's XML parser would refuse. */

export interface Element {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly (Element | string)[];
}

interface Open {
  tag: string;
  attributes: Map<string, string>;
  children: (Element | string)[];
}

/** Source: XML 1.0, production Char. */
const FORBIDDEN = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const NAME = '[A-Za-z_:][\\w:.-]*';
const ATTRIBUTE = new RegExp(`\\s+(${NAME})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`, 'y');
const OPENING = new RegExp(`<(${NAME})`, 'y');
const CLOSING = new RegExp(`</(${NAME})\\s*>`, 'y');
const CDATA = /<!\[CDATA\[([\s\S]*?)\]\]>/y;
const END = /\s*(\/?)>/y;
const TEXT = /[^<]+/y;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function decode(text: string): string {
  return text.replace(/&([^;]*;?)/g, (whole, body: string) => {
    const character = ENTITIES[body.slice(0, -1)];
    if (!body.endsWith(';') || character === undefined) throw new Error(`bad entity ${whole.slice(0, 20)}`);
    return character;
  });
}

/** Parses one element and all in it. Throws at the first thing that is not well-formed. */
export function parseXml(source: string): Element {
  const text = source.trim();
  const forbidden = FORBIDDEN.exec(text)?.[0];
  if (forbidden !== undefined) throw new Error(`character ${forbidden.codePointAt(0)} is no XML`);
  const root: Open = { tag: '', attributes: new Map(), children: [] };
  const stack = [root];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  while (at < text.length) {
    const parent = stack.at(-1) ?? root;
    const data = take(CDATA);
    const closing = data ? null : take(CLOSING);
    const opening = data || closing ? null : take(OPENING);
    if (data) {
      parent.children.push(data[1] ?? '');
    } else if (closing) {
      if (stack.length === 1 || parent.tag !== closing[1])
        throw new Error(`${closing[0]} closes <${parent.tag}>`);
      stack.pop();
    } else if (opening) {
      const element: Open = { tag: opening[1] ?? '', attributes: new Map(), children: [] };
      for (let found = take(ATTRIBUTE); found; found = take(ATTRIBUTE)) {
        const name = found[1] ?? '';
        if (element.attributes.has(name)) throw new Error(`${name} twice in <${element.tag}>`);
        element.attributes.set(name, decode(found[2] ?? found[3] ?? ''));
      }
      const end = take(END);
      if (!end) throw new Error(`<${element.tag}> does not end: ${text.slice(at, at + 40)}`);
      parent.children.push(element);
      if (end[1] === '') stack.push(element);
    } else {
      const run = take(TEXT);
      if (!run) throw new Error(`stray < at: ${text.slice(at, at + 40)}`);
      parent.children.push(decode(run[0]));
    }
  }
  if (stack.length > 1) throw new Error(`<${stack.at(-1)?.tag}> is never closed`);
  const [element, ...rest] = root.children;
  if (element === undefined || typeof element === 'string' || rest.length > 0)
    throw new Error('not one element');
  return element;
}

/** All elements of a tag at any depth, in document order. */
export function all(element: Element, tag: string): Element[] {
  return element.children.flatMap((child) =>
    typeof child === 'string' ? [] : [...(child.tag === tag ? [child] : []), ...all(child, tag)],
  );
}

/** The text inside an element. */
export function textOf(element: Element): string {
  return element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
}

/** The text of every `<text>` of a picture. */
export function labels(svg: Element): string[] {
  return all(svg, 'text').map((element) => textOf(element).trim());
}

/** Curves of a picture: echarts joins the corners of a series' line, and of nothing else, by a bevel. */
export function curves(svg: Element): Element[] {
  return all(svg, 'path').filter(
    ({ attributes }) =>
      attributes.get('fill') === 'none' &&
      attributes.get('stroke-linejoin') === 'bevel' &&
      (attributes.get('d') ?? '').length > 0,
  );
}
