import { ReflectionKind } from 'typedoc';

const KINDS =
  ReflectionKind.Class |
  ReflectionKind.Interface |
  ReflectionKind.TypeAlias |
  ReflectionKind.Variable |
  ReflectionKind.Function |
  ReflectionKind.Method |
  ReflectionKind.Accessor |
  ReflectionKind.Property;

/**
 * Public names without a docstring: all that is exported, and its members. What a type without a name is made of is told
 * where that type stands.
 */
export function undocumented(project) {
  return project
    .getReflectionsByKind(KINDS)
    .filter((reflection) => !isInside(reflection, ReflectionKind.TypeLiteral) && !isDocumented(reflection))
    .map((reflection) => reflection.getFriendlyFullName())
    .sort();
}

function isDocumented(reflection) {
  const said = [
    reflection,
    ...(reflection.signatures ?? []),
    reflection.getSignature,
    reflection.type?.declaration,
  ];
  return said.some(
    (one) => one?.hasComment() || one?.signatures?.some((signature) => signature.hasComment()),
  );
}

function isInside({ parent }, kind) {
  return parent !== undefined && (parent.kindOf(kind) || isInside(parent, kind));
}
