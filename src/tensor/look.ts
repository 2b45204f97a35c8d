import { mix } from '../../runtime/mix';
import { Tensor } from './tensor';

const END = Symbol('end of an object');

/** What calls of one kind have in common: their attributes, and of tensors all but the elements. */
export class Look {
  /** Every tensor, in order. */
  readonly tensors: Tensor[] = [];
  readonly atoms: unknown[] = [];
  /** Of the atoms. */
  hash = 0;
  /** Whether all of it can be told by looking; not that of a function, say. */
  isPlain = true;

  at(value: unknown): void {
    if (value instanceof Tensor) this.atTensor(value);
    else if (Array.isArray(value)) this.atAll(value);
    else if (typeof value === 'object' && value !== null) this.atObject(value);
    else if (typeof value === 'function') this.isPlain = false;
    else this.add(value);
  }

  private atTensor(tensor: Tensor): void {
    const { tensors } = this;
    this.add(tensors.findIndex(({ storage }) => storage === tensor.storage));
    this.add(tensor.dtype);
    this.atAll(tensor.shape);
    tensors.push(tensor);
  }

  private atAll(values: readonly unknown[]): void {
    this.add(values.length);
    for (let i = 0; i < values.length; i++) this.at(values[i]);
  }

  /** A number that varies has another value soon. */
  private atObject(value: object): void {
    this.isPlain &&= Object.getPrototypeOf(value) === Object.prototype && !('now' in value);
    const record = value as Readonly<Record<string, unknown>>;
    for (const name in record) {
      if (!this.isPlain) return; // it may be large, or hold itself
      this.add(name);
      this.at(record[name]);
    }
    this.add(END);
  }

  private add(atom: unknown): void {
    this.atoms.push(atom);
    const code =
      typeof atom === 'number' ? atom : typeof atom === 'string' ? atom.length : Number(atom === true);
    this.hash = mix(this.hash, code);
  }
}
