import { map, type Ref, scalar, zip } from './ref';

export type Operand = Ref | number;

const asRef = (operand: Operand): Ref => (typeof operand === 'number' ? scalar(operand) : operand);

/** 1 where it holds of corresponding values, which broadcast, else 0. */
const where =
  (holds: (a: number, b: number) => boolean) =>
  (a: Operand, b: Operand): Ref =>
    zip(asRef(a), asRef(b), (x, y) => Number(holds(x, y)));

export const eq = where((a, b) => a === b);
export const ne = where((a, b) => a !== b);
export const lt = where((a, b) => a < b);
export const le = where((a, b) => a <= b);
export const gt = where((a, b) => a > b);
export const ge = where((a, b) => a >= b);
/** NaN is true, as any number but 0. */
export const logicalAnd = where((a, b) => a !== 0 && b !== 0);
export const logicalOr = where((a, b) => a !== 0 || b !== 0);
export const logicalNot = (x: Ref): Ref => map(x, (v) => Number(v === 0));
export const isNan = (x: Ref): Ref => map(x, (v) => Number(Number.isNaN(v)));
