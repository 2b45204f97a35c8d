import { TaskgradError } from '../../runtime/errors';

/** Plain data: what JSON holds. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const EXPECTED =
  'plain data (numbers, texts, flags, arrays, plain objects), an artefact or a data set of experiment.dataset';

/** What a job was given, or has made, is not plain data. */
export class PlainDataError extends TaskgradError {
  constructor(where: string, found: string) {
    super('JOB_DATA', `${where} is ${found}, expected ${EXPECTED}`);
  }
}

/** JSON with the members of objects in the order of their names, so that equal data give equal texts. */
export function canonical(value: Json): string {
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}

/**
 * The plain data that a value comes to. Members that are undefined are left out, as JSON does, and −0 becomes 0.
 * @param where what the value is called, such as 'train: inputs'
 * @param shorten gives what stands for an object that is not to be written down, undefined for others
 * @throws PlainDataError on what JSON would lose: NaN, infinities, functions, typed arrays, Maps, instances of classes
 */
export function plainData(
  where: string,
  value: unknown,
  shorten: (value: object) => Json | undefined = () => undefined,
): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value;
  if (typeof value !== 'object') throw new PlainDataError(where, String(value));
  const short = shorten(value);
  if (short !== undefined) return short;
  if (Array.isArray(value)) return value.map((inner, i) => plainData(`${where}[${i}]`, inner, shorten));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    throw new PlainDataError(where, `of the class ${value.constructor.name}`);
  }
  const members = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    members.map(([name, inner]) => {
      if (name.startsWith('$')) throw new PlainDataError(`${where}.${name}`, 'a name with $, which are ours');
      return [name, plainData(`${where}.${name}`, inner, shorten)];
    }),
  );
}

/** A value with some of its objects replaced, which is the way back from what `shorten` gave. */
export async function expanded(
  value: Json,
  expand: (value: { readonly [name: string]: Json }) => Promise<object | undefined>,
): Promise<unknown> {
  if (isList(value)) return Promise.all(value.map((inner) => expanded(inner, expand)));
  if (typeof value !== 'object' || value === null) return value;
  const long = await expand(value);
  if (long) return long;
  const members = Object.entries(value);
  return Object.fromEntries(
    await Promise.all(members.map(async ([name, inner]) => [name, await expanded(inner, expand)] as const)),
  );
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
