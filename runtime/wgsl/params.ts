import { WgslError } from '../errors';
import { evaluator } from './expression';
import { layoutOf, type ScalarType } from './layout';
import { scan } from './scan';

/** A member of a uniform block: a number, several (of a vector or an array), or a struct. */
export interface ParamsMember {
  readonly name: string;
  /** As the shader writes it, as in 'array<vec4<u32>, 2>'. */
  readonly type: string;
  /** Whether its numbers are f32; else they are whole. */
  readonly isFloat: boolean;
  /** Whether its numbers may be below 0. */
  readonly isSigned: boolean;
  /** Where its numbers lie, in words of four bytes from the start of the block. Empty for a struct. */
  readonly words: readonly number[];
  /** Whether it is one number. */
  readonly isScalar: boolean;
  /** Of a struct. */
  readonly members?: readonly ParamsMember[];
}

/** The uniform block of a shader. */
export interface ParamsLayout {
  readonly members: readonly ParamsMember[];
  /** Its size: whole groups of four words, as WebGPU binds them. */
  readonly words: number;
}

const WORD_BYTES = 4;
const NO_PARAMS: ParamsLayout = { members: [], words: 4 };
const UNIFORM = /@binding\(0\)\s*var<uniform>\s*\w+\s*:\s*([^;]+);/;

/**
 * The layout of the struct that a shader binds as `var<uniform>` at binding 0, none where it binds none.
 * @throws WgslError if it is no struct, or has a type that uniforms cannot have
 */
export function paramsOf(source: string): ParamsLayout {
  const root = UNIFORM.exec(source)?.[1].trim();
  if (root === undefined) return NO_PARAMS;
  // Structs alone are read: they are short, and functions are not.
  const module = scan((source.match(/\bstruct\s+\w+\s*\{[^}]*\}/g) ?? []).join('\n'));
  const evaluate = evaluator(module, new Map());
  const membersOf = (struct: string, start: number): ParamsMember[] => {
    const { scalars } = layoutOf(struct, module, evaluate);
    return (module.structs.get(struct) ?? []).map(({ name, type }) => {
      const own = scalars.filter(({ path }) => /^\w+/.exec(path)?.[0] === name);
      const words = own.map(({ offset }) => start + offset / WORD_BYTES);
      const scalar: ScalarType = own[0]?.type ?? 'u32';
      const isStruct = module.structs.has(type);
      return {
        name,
        type,
        isFloat: scalar === 'f32',
        isSigned: scalar !== 'u32',
        isScalar: type === scalar,
        words: isStruct ? [] : words,
        ...(isStruct && { members: membersOf(type, words[0]) }),
      };
    });
  };
  if (!module.structs.has(root))
    throw new WgslError(`the uniform block is a ${root}; make it a struct, whose members have names`);
  const { size } = layoutOf(root, module, evaluate);
  return { members: membersOf(root, 0), words: 4 * Math.ceil(size / WORD_BYTES / 4) };
}
