import exponential from '../../shaders/snippets/exponential.wgsl';
import math from '../../shaders/snippets/math.wgsl';
import nan from '../../shaders/snippets/nan.wgsl';

/** WGSL functions that expressions may call. */
interface Snippet {
  readonly source: string;
  /** What stands in a kernel for it. */
  readonly text: string;
  readonly call: RegExp;
}

function snippet(source: string, text = source): Snippet {
  const functions = [...source.matchAll(/^fn (\w+)/gm)].map(([, name]) => name);
  return { source, text, call: new RegExp(`\\b(?:${functions.join('|')})\\(`) };
}

/** Each builds on some of those before it. */
const snippets = Object.entries({ nan, exponential, math }).map(([name, source]) =>
  snippet(source, `//#import ${name}`),
);

/**
 * Has expressions know the functions of further snippets, each of which may build on those before it. The ops that call
 * them do so: who uses none of these ops has none of the snippets in his bundle.
 */
export function knowFunctions(...sources: readonly string[]): void {
  for (const source of sources)
    if (!snippets.some((known) => known.source === source)) snippets.push(snippet(source));
}

const answers = new Map<string, boolean>();

/** Whether an expression calls functions of further snippets: long ones, which a kernel should not have written out often. */
export function callsFurther(expression: string): boolean {
  const before = answers.get(expression);
  if (before !== undefined) return before;
  const calls = snippets.some(({ source, text, call }) => source === text && call.test(expression));
  answers.set(expression, calls);
  return calls;
}

/** The snippets whose functions the expressions call, and those they build on. A kernel without compiles sooner. */
export function importsFor(expressions: readonly string[]): string {
  const calling = [...expressions];
  const needed = snippets.toReversed().filter(({ source, call }) => {
    const isNeeded = calling.some((wgsl) => call.test(wgsl));
    if (isNeeded) calling.push(source);
    return isNeeded;
  });
  return needed
    .toReversed()
    .map(({ text }) => text)
    .join('\n');
}
