import { TaskgradError } from '../../runtime/errors';

/** An argument that cannot be what it is: another type, or out of range. The message says what was given and what to give. */
export class ArgumentError extends TaskgradError {
  /** @param given what it is, in words */
  constructor(
    /** The function that was called. */
    readonly op: string,
    /** The argument's name. */
    readonly argument: string,
    given: string,
    /** What it may be, in words. */
    readonly expected: string,
  ) {
    super('ARGUMENT', `${op}: ${argument} is ${given}, expected ${expected}`);
  }
}

const LONGEST_TEXT = 40;
const article = (noun: string): string => `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;

/** A value in words, as in 'null', 'an array of 3', 'f32[2,3]'. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') {
    return `'${value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value}'`;
  }
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'a function';
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value) && 'length' in value)
    return `${article(value.constructor.name)} of ${value.length}`;
  if (value instanceof Promise) return 'a Promise; await it first';
  if ('shape' in value && 'dtype' in value && 'gpu' in value) return String(value); // a tensor
  const name = typeof value.constructor === 'function' ? value.constructor.name : '';
  return name === '' || name === 'Object' ? 'a plain object' : article(name);
}

/** A call whose arguments are checked one by one. */
export interface Checked {
  /** The function that is called, by its public name. */
  readonly op: string;
  /** The first tensor among the arguments, and its name: others have to be on the same GPU. */
  first?: { readonly gpu: object; readonly name: string };
}

/** Refuses a value that is not what an argument may be. @throws ArgumentError, DTypeError, DeviceError */
export type Check = (call: Checked, name: string, value: unknown) => void;

/** What each argument of a function may be, by its name, in order. */
export type Takes = Readonly<Record<string, Check>>;

/** A check of values that need no more than a look. */
export const kind =
  (expected: string, fits: (value: unknown) => boolean): Check =>
  ({ op }, name, value) => {
    if (!fits(value)) throw new ArgumentError(op, name, shown(value), expected);
  };

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isList = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) || ArrayBuffer.isView(value);
function isNumbers(value: unknown): boolean {
  if (!isList(value)) return false;
  for (let i = 0; i < value.length; i++) if (typeof value[i] !== 'number') return false;
  return true;
}

export const aNumber = kind('a number', isNumber);
export const aWholeNumber = kind('a whole number', Number.isInteger);
export const aCount = kind(
  'a whole number of at least 0',
  (value) => Number.isInteger(value) && (value as number) >= 0,
);
export const aFlag = kind('true or false', (value) => typeof value === 'boolean');
export const aText = kind('a text', (value) => typeof value === 'string');
export const aFunction = kind('a function', (value) => typeof value === 'function');
export const aList = kind('an array', isList);
export const bytes = kind('a Uint8Array', (value) => value instanceof Uint8Array);
export const anObject = kind(
  'an object',
  (value) => typeof value === 'object' && value !== null && !isList(value),
);
export const numbers = kind('an array of numbers', isNumbers);
/** As of strides and paddings. Lengths and ranges are their reader's to check. */
export const aPair = kind(
  'a number or a pair [height, width]',
  (value) => isNumber(value) || isNumbers(value),
);
export const axes = kind('an axis or an array of axes', (value) => isNumber(value) || isNumbers(value));
export const aShape = kind(
  'a shape: an array of whole numbers of at least 0',
  (value) =>
    isList(value) && [...value].every((length) => Number.isInteger(length) && (length as number) >= 0),
);
/** A number, or one that each replay of a captured step renews. */
export const aVarying = kind(
  'a number',
  (value) => isNumber(value) || (typeof value === 'object' && value !== null && 'now' in value),
);

export const oneOf = (...names: readonly string[]): Check =>
  kind(`one of ${names.map((name) => `'${name}'`).join(', ')}`, (value) => names.includes(value as string));

/** What may be left out. */
export const optional =
  (check: Check): Check =>
  (call, name, value) => {
    if (value !== undefined) check(call, name, value);
  };

export const listOf =
  (what: string, check: Check): Check =>
  (call, name, value) => {
    if (!Array.isArray(value)) throw new ArgumentError(call.op, name, shown(value), `an array of ${what}`);
    for (const [i, item] of value.entries()) check(call, `${name}[${i}]`, item);
  };

/** An object whose members are checked by name. */
export function options(members: Takes): Check {
  const entries = Object.entries(members);
  const expected = `an object of options: { ${entries.map(([name]) => name).join(', ')} }`;
  return (call, name, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ArgumentError(call.op, name, shown(value), expected);
    }
    for (const [member, check] of entries) check(call, member, (value as Record<string, unknown>)[member]);
  };
}

/** An object; `example` shows one. */
export const optionsWith = (example: string): Check =>
  kind(
    `an object of options such as ${example}`,
    (value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value),
  );

export const aMap = kind(
  'a Map; write new Map(Object.entries(…)) for a plain object',
  (value) => value instanceof Map,
);

/** Checks the arguments of a call, made once for a function. */
export function checker(op: string, takes: Takes): (args: readonly unknown[]) => void {
  const names = Object.keys(takes);
  const checks = Object.values(takes);
  return (args) => {
    const call: Checked = { op };
    for (let i = 0; i < checks.length; i++) checks[i](call, names[i], args[i]);
  };
}

/** Checks what a function that is seldom called was given, by name: the value, and what it may be. */
export function checkAll(
  op: string,
  named: Readonly<Record<string, readonly [value: unknown, check: Check]>>,
): void {
  const call: Checked = { op };
  for (const [name, [value, check]] of Object.entries(named)) check(call, name, value);
}

/** A Map whose values are checked, by their names. */
export const mapOf =
  (check: Check): Check =>
  (call, name, value) => {
    aMap(call, name, value);
    for (const [key, item] of value as Map<unknown, unknown>) check(call, `${name} ${String(key)}`, item);
  };

/** Checks one argument. */
export const checkArgument = (op: string, name: string, value: unknown, check: Check): void =>
  check({ op }, name, value);
