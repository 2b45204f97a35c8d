import { type MemoryLayout, roundUp, type ScalarPlace } from '../../runtime/wgsl/layout';
import { writeScalar } from './array';
import type { UniformSpec } from './check-options';
import { KernelError, type OptionWriter } from './errors';

/** A scalar of a uniform block with its value. */
export interface SetScalar extends ScalarPlace {
  /** What it is set to. */
  readonly value: number;
}

/** WebGPU wants uniform bindings to reach to the end of the block, which is rounded up to this. */
const BLOCK_STEP = 16;

/** Scalars that are set in one go without losing count. */
const SHORT = 8;

/**
 * The scalars of a uniform block as the options set them; what is not named is 0.
 * @throws KernelError if nothing sets the block, or a value does not fit its type
 */
export function setScalars(
  name: string,
  { scalars }: MemoryLayout,
  specs: readonly UniformSpec[],
): SetScalar[] {
  const own = specs.filter(({ block }) => block === name);
  const described = scalars.map(({ path, type }) => `${path || 'value'} ${type}`).join(', ');
  if (own.length === 0) {
    const all = scalars.map(({ path, type }) => (path.startsWith('unused') ? '0' : `<${type}>`));
    const form = (option: OptionWriter) =>
      scalars.length <= SHORT
        ? option('uniform', name, all)
        : `${option('uniform', `${name}.${scalars[0].path}`, '…')} and so on for each that is not 0`;
    throw new KernelError((option) => `uniform block ${name} has no values (${described}): ${form(option)}`);
  }
  const values = scalars.map(() => 0);
  for (const { member, values: given } of own) {
    const targets = scalars.flatMap(({ path }, i) => (isUnder(path, member) ? [i] : []));
    if (targets.length === 0)
      throw new KernelError(`uniform block ${name} has no ${member}; its words are ${described}`);
    if (given.length > targets.length) {
      const place = member === undefined ? name : `${name}.${member}`;
      throw new KernelError(
        `${place} takes ${targets.length} values, ${given.length} were given; its words are ${described}`,
      );
    }
    for (const [i, { value, type }] of given.entries()) {
      const at = scalars[targets[i]];
      checkFit(`${name}${at.path && `.${at.path}`}`, at, value, type);
      values[targets[i]] = value;
    }
  }
  return scalars.map((scalar, i) => ({ ...scalar, value: values[i] }));
}

export function blockBytes({ size }: MemoryLayout, scalars: readonly SetScalar[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(roundUp(size, BLOCK_STEP));
  const view = new DataView(bytes.buffer);
  for (const { offset, type, value } of scalars) writeScalar(view, offset, type, value);
  return bytes;
}

function isUnder(path: string, member: string | undefined): boolean {
  if (member === undefined || path === member) return true;
  return path.startsWith(`${member}.`) || path.startsWith(`${member}[`);
}

function checkFit(path: string, { type }: ScalarPlace, value: number, given: string | undefined): void {
  if (given !== undefined && given !== type)
    throw new KernelError(`${path} is ${type}, but its value was given as ${given}`);
  if (type === 'f32' || type === 'f16') return;
  const [least, most] = type === 'u32' ? [0, 2 ** 32 - 1] : [-(2 ** 31), 2 ** 31 - 1];
  if (!Number.isInteger(value) || value < least || value > most)
    throw new KernelError(`${path} is ${type}, which cannot hold ${value}`);
}
