import { isProfiling } from '../../runtime/tags';
import { Draft } from './draft';
import { draftedBy, drafting } from './drafting';
import type { Gpu } from './gpu';
import { Look } from './look';
import type { Plan } from './plan';
import { isRemembering } from './remembered';
import { sameShape } from './shape';
import type { Tensor } from './tensor';

/** Kinds of calls that are known of an op. Where a program makes others all the time, none would be met again. */
const MOST_KINDS = 512;

/** A rule of an op, for calls of one kind: its second call makes the plan for those that follow. */
class PlannedRule<T> {
  private state: 'new' | 'met' | 'refused' | Plan<T> = 'new';

  run(gpu: Gpu, given: readonly Tensor[], rule: () => T): T {
    const { state } = this;
    if (typeof state === 'object') return state.follow(gpu, given);
    if (state === 'new') this.state = 'met';
    if (state !== 'met') return rule();
    const draft = new Draft(given);
    const result = draftedBy(draft, rule);
    this.state = draft.finish(result) ?? 'refused';
    return result;
  }
}

/** Calls with the same attributes, and tensors of the same shapes. */
interface Kind<Made, Grads> {
  readonly atoms: readonly unknown[];
  readonly forward: PlannedRule<Made>;
  /** By the gradients that are needed, and the tensors that share a storage. */
  readonly backward: Map<string | number, PlannedRule<Grads>>;
}

/** A call whose rules may be planned. */
export class PlannedCall<Made, Grads> {
  constructor(
    private readonly gpu: Gpu,
    private readonly kind: Kind<Made, Grads>,
    /** The call's own, those among its attributes too. */
    private readonly tensors: readonly Tensor[],
  ) {}

  forward(rule: () => Made): Made {
    return this.kind.forward.run(this.gpu, this.tensors, rule);
  }

  /** @param made the result, and what else the call made for the rule */
  backward(needs: readonly boolean[], grad: Tensor, made: readonly Tensor[], rule: () => Grads): Grads {
    const isUsual = grad.dtype === 'f32' && sameShape(grad.shape, made[0].shape);
    if (!isUsual || !canPlan(this.gpu)) return rule();
    const given = [grad, ...this.tensors, ...made];
    const wanted = needs.reduce((bits, need) => 2 * bits + Number(need), 1);
    const shared = sharing(given);
    const key = shared === '' ? wanted : `${wanted}${shared}`;
    const planned = this.kind.backward.get(key) ?? new PlannedRule();
    this.kind.backward.set(key, planned);
    return planned.run(this.gpu, given, rule);
  }
}

/** The plans of one op. */
export class Plans<Made, Grads> {
  /** They hold for the choices between kernels that there were. */
  private readonly known = new WeakMap<Gpu, { choices: number; kinds: Map<number, Kind<Made, Grads>> }>();

  /** A call of the op; undefined where its rules have to run themselves. */
  meet(gpu: Gpu, inputs: unknown, attrs: unknown): PlannedCall<Made, Grads> | undefined {
    if (!canPlan(gpu)) return undefined;
    const look = new Look();
    look.at(inputs);
    look.at(attrs);
    return look.isPlain ? new PlannedCall(gpu, this.kindOf(gpu, look), look.tensors) : undefined;
  }

  private kindOf(gpu: Gpu, { hash, atoms }: Look): Kind<Made, Grads> {
    const kinds = this.kindsOn(gpu);
    const known = kinds.get(hash);
    if (known && sameAtoms(known.atoms, atoms)) return known;
    if (kinds.size >= MOST_KINDS) kinds.clear();
    const kind = { atoms, forward: new PlannedRule<Made>(), backward: new Map() };
    kinds.set(hash, kind);
    return kind;
  }

  private kindsOn(gpu: Gpu): Map<number, Kind<Made, Grads>> {
    const { changes } = gpu.variants;
    const known = this.known.get(gpu);
    if (known?.choices === changes) return known.kinds;
    const kinds = new Map<number, Kind<Made, Grads>>();
    this.known.set(gpu, { choices: changes, kinds });
    return kinds;
  }
}

/**
 * Whether rules may be left out: not where somebody looks at what they do (profiles, captured steps, trials of kernels),
 * where nothing is computed, or where what they draw is kept.
 */
const canPlan = ({ runtime, variants }: Gpu): boolean =>
  !isProfiling() && !runtime.isWarming && variants.isSettled && !isRemembering() && !drafting();

/** Of each tensor that shares its storage with an earlier one, which. */
function sharing(tensors: readonly Tensor[]): string {
  let shared = '';
  for (let i = 1; i < tensors.length; i++)
    for (let j = 0; j < i; j++) if (tensors[i].storage === tensors[j].storage) shared += ` ${i}=${j}`;
  return shared;
}

function sameAtoms(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
