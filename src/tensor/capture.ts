import type { Captured } from '../../runtime/captured';
import { CaptureError } from '../../runtime/errors';
import type { Runtime } from '../../runtime/runtime';
import type { Gpu } from './gpu';
import { sameShape } from './shape';
import { Tensor } from './tensor';

/** What a captured step may return: tensors, by themselves or in arrays and plain objects. */
// biome-ignore lint/suspicious/noConfusingVoidType: a step that returns nothing is a function of type () => void
export type StepResult = void | Tensor | readonly StepResult[] | { readonly [name: string]: StepResult };

interface Capture<Result> {
  readonly captured: Captured;
  /** What the kernels read in place of the inputs. */
  readonly inputs: readonly Tensor[];
  readonly result: Result;
}

/** Gives back what a program forgot to dispose of. */
const forgotten = new FinalizationRegistry<{ runtime: Runtime; captured: Captured }>(
  ({ runtime, captured }) => runtime.discard(captured),
);

/** Options of `gpu.capture`. */
export interface CaptureOptions {
  /** Whether a step that cannot be captured is run as it is each time, and none is refused; default false. */
  readonly lenient?: boolean;
}

/** A step that is run by JavaScript twice and by the GPU alone from then on; see `gpu.capture`. */
export class CapturedStep<Inputs extends readonly Tensor[], Result extends StepResult> {
  private state: 'new' | 'warm' | 'captured' | 'refused' | 'disposed' = 'new';
  private capture: Capture<Result> | undefined;

  /** Made by `gpu.capture`. */
  constructor(
    private readonly gpu: Gpu,
    private readonly work: (...inputs: Inputs) => Result,
    private readonly options: CaptureOptions,
  ) {}

  /** Whether the next call runs no JavaScript of the step. */
  get isCaptured(): boolean {
    return this.state === 'captured';
  }

  /**
   * Makes the step. The first call runs it as it is, which compiles its kernels. The second records it, and later ones
   * replay what was recorded.
   * @returns what the step returned, to be freed by the caller; the next call overwrites it
   * @throws CaptureError if the step cannot be captured (it was made all the same), or its replay does not fit (then it
   *   was not made); what the step throws
   */
  replay(...inputs: Inputs): Result {
    if (this.state === 'disposed') throw new CaptureError('it was disposed of; capture it again');
    const { runtime, variants } = this.gpu;
    if (this.state === 'refused' || variants.isTrial) return this.run(inputs);
    if (this.capture) return this.again(this.capture, inputs);
    if (this.state === 'warm' && !runtime.isWarming) return this.record(inputs);
    const result = this.run(inputs);
    if (!runtime.isWarming) this.state = 'warm';
    return result;
  }

  /**
   * Runs other work as in `gpu.scope`, in memory that the step needs during a replay only. If it leaves gradients behind,
   * the memory is theirs, and the step is captured anew by the next call.
   */
  aside(work: () => void): void {
    const within = () => this.gpu.scope(work);
    if (!this.capture) within();
    else if (!this.gpu.runtime.borrow(this.capture.captured, within)) this.release('warm');
  }

  /** Gives the memory back that the step keeps. Disposing twice is allowed. */
  dispose(): void {
    this.release('disposed');
  }

  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  private run(inputs: Inputs): Result {
    return this.gpu.scope(() => this.work(...inputs));
  }

  private record(given: Inputs): Result {
    const { runtime } = this.gpu;
    const inputs = given.map((input, i) => this.ownInput(input, i));
    // Made of each input in turn: a tuple of the same length.
    const { result, captured } = runtime.capture(() => this.run(inputs as unknown as Inputs));
    if (captured instanceof CaptureError) {
      for (const input of inputs) input.dispose();
      if (!this.options.lenient) throw captured;
      this.state = 'refused';
      return result;
    }
    eachTensor(result, (tensor) => tensor.moveTo(undefined));
    this.capture = { captured, inputs, result };
    this.state = 'captured';
    forgotten.register(this, { runtime, captured }, this);
    return viewsOf(result);
  }

  /** A copy of an input that lives as long as the capture. */
  private ownInput(input: Tensor, i: number): Tensor {
    if (input.requiresGrad) {
      throw new CaptureError(`input ${i} has requiresGrad; let the step use it from outside instead`);
    }
    const own = this.gpu.empty(input.shape, { dtype: input.dtype });
    own.moveTo(undefined);
    return copyInto(own, input);
  }

  private again({ captured, inputs: own, result }: Capture<Result>, inputs: Inputs): Result {
    try {
      for (const [i, input] of inputs.entries()) checkInput(i, input, own[i]);
      for (const [i, input] of inputs.entries()) copyInto(own[i], input);
      this.gpu.runtime.replay(captured);
      return viewsOf(result);
    } catch (error) {
      if (!(this.options.lenient && error instanceof CaptureError)) throw error;
      this.release('refused');
      return this.run(inputs);
    }
  }

  private release(state: 'warm' | 'refused' | 'disposed'): void {
    this.state = state;
    if (!this.capture) return;
    const { captured, inputs, result } = this.capture;
    this.capture = undefined;
    forgotten.unregister(this);
    for (const input of inputs) input.dispose();
    eachTensor(result, (tensor) => tensor.dispose());
    this.gpu.runtime.discard(captured);
  }
}

function checkInput(i: number, input: Tensor, own: Tensor): void {
  if (sameShape(input.shape, own.shape) && input.dtype === own.dtype) return;
  throw new CaptureError(
    `input ${i} is ${input}, but it was captured with ${own}; capture another step for it`,
  );
}

const copyInto = (into: Tensor, x: Tensor): Tensor => x.gpu.kernels.elementwise('x', { x }, { into });

function eachTensor(value: StepResult, visit: (tensor: Tensor) => void): void {
  if (value instanceof Tensor) visit(value);
  else if (value) for (const item of Object.values(value)) eachTensor(item, visit);
}

/** The same with a view in place of each tensor, which the caller may free like any other. */
function viewsOf<Result extends StepResult>(result: Result): Result {
  return mapTensors(result, (tensor) => tensor.alias(tensor.shape)) as Result;
}

function mapTensors(value: StepResult, change: (tensor: Tensor) => Tensor): StepResult {
  if (!value) return value;
  if (value instanceof Tensor) return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTensors(item, change));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapTensors(item, change)]));
}
