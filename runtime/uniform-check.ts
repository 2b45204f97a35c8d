import { UniformError } from './errors';
import type { UniformMember, Uniforms } from './kernel';
import { MAX_UNIFORM_BYTES } from './uniforms';
import { nowOf, type Varying } from './varying';
import type { ParamsLayout, ParamsMember } from './wgsl/params';

const WORD_BYTES = 4;

/**
 * Holds what a dispatch gives as uniforms against the struct of its kernel: names and their order, types, and the size.
 * @throws UniformError
 */
export function checkUniforms(kernel: string, { members, words }: ParamsLayout, uniforms: Uniforms): void {
  checkMembers(kernel, '', members, uniforms);
  const bytes = words * WORD_BYTES;
  if (bytes > MAX_UNIFORM_BYTES) {
    throw new UniformError(
      kernel,
      `its uniform block has ${bytes} bytes, at most ${MAX_UNIFORM_BYTES} are supported; pass longer data in a buffer`,
    );
  }
}

function checkMembers(
  kernel: string,
  within: string,
  members: readonly ParamsMember[],
  given: UniformMember | undefined,
): void {
  if (typeof given !== 'object' || Array.isArray(given))
    throw new UniformError(kernel, `uniform ${within} is ${String(given)}, the shader expects a struct`);
  const expected = members.map(({ name }) => name);
  const names = Object.keys(given);
  if (String(names) !== String(expected)) {
    const where = within === '' ? 'the uniforms' : `the members of ${within}`;
    throw new UniformError(
      kernel,
      `${where} are ${names.join(', ') || 'none'}, the struct of the shader has ${expected.join(', ') || 'none'}, in this order`,
    );
  }
  for (const member of members) {
    const path = within === '' ? member.name : `${within}.${member.name}`;
    const value = (given as Uniforms)[member.name];
    if (member.members) checkMembers(kernel, path, member.members, value);
    else checkNumbers(kernel, path, member, value);
  }
}

function checkNumbers(kernel: string, path: string, member: ParamsMember, value: UniformMember): void {
  const { type, isScalar, words } = member;
  const numbers = Array.isArray(value) ? (value as readonly Varying[]) : [value as Varying];
  if (Array.isArray(value) === isScalar || numbers.length !== words.length) {
    const count = Array.isArray(value) ? `${value.length} numbers` : 'one number';
    throw new UniformError(kernel, `uniform ${path} is ${count}, ${type} has ${words.length}`);
  }
  for (const one of numbers) {
    const number = nowOf(one);
    if (!fits(member, number))
      throw new UniformError(kernel, `uniform ${path} is ${number}, which is no ${type}`);
  }
}

const fits = ({ isFloat, isSigned }: ParamsMember, number: unknown): boolean =>
  typeof number === 'number' && (isFloat || (Number.isInteger(number) && (isSigned || number >= 0)));
