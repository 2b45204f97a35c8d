import { InvalidArgumentError } from 'commander';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SPANS: Readonly<Record<string, number>> = {
  s: SECOND,
  min: MINUTE,
  h: HOUR,
  d: DAY,
  w: 7 * DAY,
};
const SIZES: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** A time such as 30d, in milliseconds, for commander. */
export const span = amountIn(SPANS, 'a time such as 30d, 12h or 2w');

/** A size such as 10GB, in bytes, for commander. */
export const size = amountIn(SIZES, 'a size such as 10GB or 500MB');

function amountIn(units: Readonly<Record<string, number>>, expected: string): (text: string) => number {
  const byName = new Map(Object.entries(units).map(([name, amount]) => [name.toLowerCase(), amount]));
  return (text) => {
    const [, number, name = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text.trim()) ?? [];
    const unit = byName.get(name.toLowerCase());
    if (unit === undefined) throw new InvalidArgumentError(`Expected ${expected}.`);
    return Number(number) * unit;
  };
}

/** Milliseconds in the largest unit that there is at least one of, as in '3 d'. */
export const spanText = (ms: number): string => textIn(SPANS, ['d', 'h', 'min', 's'], ms, 0);

/** Bytes, as in '1.2 GB'. */
export const sizeText = (bytes: number): string => textIn(SIZES, ['TB', 'GB', 'MB', 'kB', 'B'], bytes, 1);

function textIn(
  units: Readonly<Record<string, number>>,
  names: readonly string[],
  amount: number,
  digits: number,
): string {
  const name = names.find((one) => amount >= units[one]) ?? names[names.length - 1];
  const number = amount / units[name];
  return `${number.toFixed(units[name] === 1 || number >= 100 ? 0 : digits)} ${name}`;
}
