import { ReflectionKind } from 'typedoc';

const KINDS = ReflectionKind.Class | ReflectionKind.Function | ReflectionKind.Variable;

/** Public functions, classes and constants without an `@example`. Classes of errors need none. */
export function withoutExample(project) {
  return project
    .getReflectionsByKind(KINDS)
    .filter((reflection) => !isError(reflection) && !hasExample(reflection))
    .map((reflection) => reflection.getFriendlyFullName())
    .sort();
}

function isError(reflection) {
  return reflection.kindOf(ReflectionKind.Class) && reflection.name.endsWith('Error');
}

function hasExample(reflection) {
  return [reflection, ...(reflection.signatures ?? [])].some(({ comment }) => comment?.getTag('@example'));
}
