import type { Kernel } from './kernel';

/** What was made for a form that ends here, and where longer ones go on. */
interface Branch {
  made?: Kernel;
  readonly next: Map<unknown, Branch>;
}

const END = Symbol('end of a record');

/** Makes each kernel of a family once; `form` is all that tells one from another: plain data. */
export function kernelFamily<Form>(make: (form: Form) => Kernel): (form: Form) => Kernel {
  const root: Branch = { next: new Map() };
  return (form) => {
    const branch = descend(root, form);
    branch.made ??= make(form);
    return branch.made;
  };
}

/** Every dispatch comes by here: a walk by values that are known already takes a fraction of the time of making a text. */
function descend(from: Branch, value: unknown): Branch {
  if (typeof value !== 'object' || value === null) return step(from, value);
  let branch = from;
  if (Array.isArray(value)) {
    branch = step(branch, value.length);
    for (let i = 0; i < value.length; i++) branch = descend(branch, value[i]);
    return branch;
  }
  const record = value as Readonly<Record<string, unknown>>;
  for (const name in record)
    if (record[name] !== undefined) branch = descend(step(branch, name), record[name]);
  return step(branch, END);
}

function step({ next }: Branch, value: unknown): Branch {
  const known = next.get(value);
  if (known) return known;
  const branch = { next: new Map() };
  next.set(value, branch);
  return branch;
}
