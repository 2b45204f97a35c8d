import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import type { Op } from '../../src/ops/define';
import '../../src/ops/methods';
import type { TensorMethods } from '../../src/ops/methods';
import { fillSpecs, makeTensor } from '../../src/ops/sample';
import * as ops from '../../src/ops/table';
import type { TensorOptions } from '../../src/tensor/making';
import type { Nested } from '../../src/tensor/nested';
import { Random } from '../../src/tensor/random';
import { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../use-gpu';

/** Only programs that import the package's 'taskgrad/methods' are told of methods by TypeScript. */
type WithMethods = Tensor & {
  [Name in keyof TensorMethods]: TensorMethods[Name] extends (...args: infer Args) => Tensor
    ? (...args: Args) => WithMethods
    : TensorMethods[Name];
};

const held = useGpu();
const tensor = (data: Nested, options?: TensorOptions) => held.gpu.tensor(data, options) as WithMethods;
const read = async (x: Tensor) => [...(await x.data())];

const table = Object.entries(ops) as unknown as [string, Op<never, unknown>][];
/** The arguments of an op's first sample, on the GPU. */
function firstCall({ record }: Op<never, unknown>): unknown[] {
  const [{ args }] = record.samples();
  let made = 0;
  return fillSpecs(args, (spec) => makeTensor(held.gpu, spec, new Random(3, made++))) as unknown[];
}

/** Shapes, types and elements of a result, also of several tensors by place or by name. */
async function plain(result: unknown): Promise<unknown> {
  if (result instanceof Tensor) return [String(result), await read(result)];
  const parts = Object.entries(result as object);
  return Promise.all(parts.map(async ([name, part]) => [name, await plain(part)]));
}

const call = (x: unknown, name: string, args: readonly unknown[]): unknown =>
  Reflect.apply(Reflect.get(x as object, name), x, args);

describe('every op of the table', () => {
  test.each(table)('%s › as a method gives what the op gives, if a tensor comes first', async (name, op) => {
    const args = firstCall(op);
    if (!(args[0] instanceof Tensor)) {
      expect(Tensor.prototype).not.toHaveProperty(name);
      return;
    }
    // PyTorch's where is a method of what is taken where the condition holds.
    const [x, ...rest] = name === 'where' ? [args[1], args[0], args[2]] : args;
    held.gpu.manualSeed(5);
    const expected = await plain(op(...(args as never)));
    held.gpu.manualSeed(5);
    expect(await plain(call(x, name, rest))).toEqual(expected);
  });

  test('but three is a method', () => {
    const missing = table.map(([name]) => name).filter((name) => !(name in Tensor.prototype));
    expect(missing.sort()).toEqual(['concat', 'einsum', 'stack']);
  });

  test('has a name that no member of Tensor has', () => {
    const members = membersOf('src/tensor/tensor.ts', 'Tensor');
    for (const name of ['view', 'data', 'item', 'grad', 'gpu', 'shape', 'storage', 'scope', 'dispose'])
      expect(members).toContain(name);
    const taken = [...members, ...Object.getOwnPropertyNames(Object.prototype)];
    expect(table.map(([name]) => name).filter((name) => taken.includes(name))).toEqual([]);
  });
});

describe('methods', () => {
  test('take numbers as operands', async () => {
    const x = tensor([1, 2, 4]);
    expect(await read(x.add(1))).toEqual([2, 3, 5]);
    expect(await read(x.sub(1))).toEqual([0, 1, 3]);
    expect(await read(x.mul(3))).toEqual([3, 6, 12]);
    expect(await read(x.div(2))).toEqual([0.5, 1, 2]);
    expect(await read(x.pow(2))).toEqual([1, 4, 16]);
    expect(await read(x.maximum(3))).toEqual([3, 3, 4]);
    expect(await read(x.minimum(3))).toEqual([1, 2, 3]);
    expect(await read(x.gt(1))).toEqual([0, 1, 1]);
  });

  test('take the tensor of where first, and its condition second', async () => {
    const x = tensor([1, 2, 3]);
    expect(await read(x.where(x.gt(1), x.neg()))).toEqual([-1, 2, 3]);
  });

  test('give several tensors where the op does', async () => {
    const x = tensor([[3, 1, 2]]);
    const { values, indices } = x.sort();
    expect(await read(values)).toEqual([1, 2, 3]);
    expect(await read(indices)).toEqual([1, 2, 0]);
    expect((await Promise.all(x.split([1, 2], 1).map(read))).flat()).toEqual([3, 1, 2]);
  });

  test('chain under a gradient', async () => {
    const x = tensor([-3, 0.5, 2], { requiresGrad: true });
    const loss = x.mul(2).add(1).relu().square().sum(); // Σ max(2x + 1, 0)², whose slope is 4 (2x + 1)
    backward(loss);
    expect(await loss.item()).toBe(2 ** 2 + 5 ** 2);
    expect(await read(x.grad as Tensor)).toEqual([0, 8, 20]);
  });

  test('chain in a captured step', async () => {
    const x = tensor([1, 2]);
    using step = held.gpu.capture(() => x.add(1).mul(x).sum());
    const found: number[] = [];
    for (const values of [
      [1, 2],
      [3, 4],
      [0, 5],
      [-1, 1],
    ]) {
      x.write(values);
      using sum = step.replay();
      found.push(await sum.item());
    }
    expect(step.isCaptured).toBe(true);
    expect(found).toEqual([8, 32, 30, 2]); // Σ (x + 1) x
  });

  test('name the op in errors', () => {
    const x = tensor([[1, 2]]);
    expect(() => x.add('1' as never)).toThrow(/^add: b is '1', expected a number or a tensor/);
    expect(() => x.where(undefined as never, x)).toThrow(/^where: condition is missing/);
    expect(() => x.matmul(x)).toThrow(/^matmul: .*\[1,2\]/);
    const { relu } = x;
    expect(() => relu()).toThrow(/^relu: x is missing, expected a tensor/);
  });

  test('are no keys of a tensor, and have names', () => {
    const x = held.gpu.tensor([1]);
    expect(Object.keys(x)).not.toContain('relu');
    expect(Object.keys(Tensor.prototype)).toEqual([]);
    // @ts-expect-error the engine itself is not told of them
    expect(x.relu.name).toBe('relu');
  });
});

/** Every member that a class declares, in the source. */
function membersOf(path: string, name: string): string[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
  const found = source.statements.find((one) => ts.isClassDeclaration(one) && one.name?.text === name);
  if (!found || !ts.isClassDeclaration(found)) throw new Error(`${path} has no class ${name}`);
  return found.members.flatMap((member) =>
    ts.isConstructorDeclaration(member)
      ? ['constructor', ...member.parameters.map((parameter) => parameter.name.getText())]
      : [member.name?.getText() ?? ''],
  );
}
