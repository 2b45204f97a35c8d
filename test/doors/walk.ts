/** What stands in for an argument that is wrong. */
export const WRONG: readonly (readonly [string, unknown])[] = [
  ['a number', 5],
  ['a fraction', -0.5],
  ['null', null],
  ['nothing', undefined],
  ['a text', 'text'],
  ['an empty array', []],
  ['an array', [1, 2]],
  ['an array of nothing', [undefined]],
  ['an object', {}],
  ['a map', new Map([['a', 1]])],
  ['a function', () => 1],
];

/** Words of JavaScript's own errors, which tell a user nothing. */
const INSIDE =
  /undefined|is not a (function|constructor|valid)|not iterable|destructur|Cannot (read|convert|mix)|reading '|Invalid (array|typed)|is not an object|of null|private member|NaN/;

/** Calls a function, or makes an object of a class. @returns the message of what it threw that comes from inside */
export async function leakOf(what: unknown, args: readonly unknown[]): Promise<string | undefined> {
  const isClass = /^class\b/.test(Function.prototype.toString.call(what));
  try {
    const result: unknown = isClass
      ? Reflect.construct(what as new () => unknown, args)
      : (what as (...given: readonly unknown[]) => unknown)(...args);
    await result;
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return INSIDE.test(message) ? message.split('\n')[0] : undefined;
  }
}
