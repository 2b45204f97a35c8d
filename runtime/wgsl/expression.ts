import { WgslError } from '../errors';
import type { WgslModule } from './scan';

/** Values that constants and overrides have been given, by name. */
export type Values = ReadonlyMap<string, number>;

/** What a constant expression names that has no value in `Values`: its own expression, or undefined. */
export type Initials = (name: string) => string | undefined;

const TOKEN =
  /\s*(0[xX][\da-fA-F]+[iu]?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[iufh]?|[A-Za-z_]\w*|<<|>>|[-+*/%()])/y;
const PRECEDENCE: Readonly<Record<string, number>> = {
  '<<': 1,
  '>>': 1,
  '+': 2,
  '-': 2,
  '*': 3,
  '/': 3,
  '%': 3,
};
const CASTS = ['u32', 'i32', 'f32', 'f16'];
/** Definitions that lead round in a circle would lead for ever. */
const DEEPEST = 32;

/**
 * The value of a constant WGSL expression of numbers, names, + - * / % << >> and conversions such as u32(x).
 * Whole numbers divide as integers do, since sizes and slots are made of them.
 * @throws WgslError if it has anything else in it, or a name without a value (then with `unvalued`)
 */
export function evaluate(text: string, values: Values, initials: Initials, depth = 0): number {
  const fail = (why: string, unvalued?: string) =>
    new WgslError(`cannot work out the value of '${text.trim()}': ${why}`, unvalued);
  const tokens = tokensOf(text);
  if (!tokens || tokens.length === 0)
    throw fail('only numbers, names, + - * / % << >> and conversions are read');
  let at = 0;

  const named = (name: string): number => {
    if (name === 'true' || name === 'false') return Number(name === 'true');
    const known = values.get(name);
    if (known !== undefined) return known;
    const initial = initials(name);
    if (initial === undefined) throw fail(`${name} has no value`, name);
    if (depth > DEEPEST) throw fail(`${name} is defined by way of itself`);
    return evaluate(initial, values, initials, depth + 1);
  };
  const primary = (): number => {
    const token = tokens[at++];
    if (token === undefined) throw fail('it ends too early');
    if (token === '-') return -primary();
    if (token === '(') {
      const inner = binary(0);
      if (tokens[at++] !== ')') throw fail("a ')' is missing");
      return inner;
    }
    if (CASTS.includes(token) && tokens[at] === '(') {
      const inner = primary();
      return token.startsWith('f') ? inner : Math.trunc(inner);
    }
    if (/^[A-Za-z_]/.test(token)) return named(token);
    const value = Number(/^0[xX]/.test(token) ? token.replace(/[iu]$/, '') : token.replace(/[iufh]$/, ''));
    if (Number.isNaN(value)) throw fail(`'${token}' stands where a value should`);
    return value;
  };
  const binary = (least: number): number => {
    let left = primary();
    for (;;) {
      const operator = tokens[at] ?? '';
      const precedence = PRECEDENCE[operator];
      if (precedence === undefined || precedence <= least) return left;
      at++;
      left = apply(operator, left, binary(precedence));
    }
  };

  const result = binary(0);
  if (at < tokens.length) throw fail(`'${tokens[at]}' is not expected`);
  return result;
}

/** The value of a constant expression in a module, where overrides and constants may have been given other values. */
export const evaluator = (module: WgslModule, values: Values) => (text: string) =>
  evaluate(text, values, (name) => module.overrides.get(name)?.initial ?? module.constants.get(name));

function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = [];
  let at = 0;
  while (at < text.trimEnd().length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) return undefined;
    tokens.push(match[1]);
    at = TOKEN.lastIndex;
  }
  return tokens;
}

function apply(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '%':
      return left % right;
    case '<<':
      return left * 2 ** right;
    case '>>':
      return Math.floor(left / 2 ** right);
    default: {
      const whole = Number.isInteger(left) && Number.isInteger(right);
      return whole ? Math.trunc(left / right) : left / right;
    }
  }
}
