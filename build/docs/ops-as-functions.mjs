import { Converter, ParameterReflection, ReflectionFlag, ReflectionKind, SignatureReflection } from 'typedoc';

/** Before comments go to signatures and parameters. */
const EARLY = 1000;

/**
 * Ops are constants of a type `Op<arguments>`. Shows them as the functions that they are, with parameters by name.
 * @returns names of those whose arguments have none; there once all is converted
 */
export function showOpsAsFunctions({ converter }) {
  const signatures = new Map();
  const nameless = [];

  converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (reflection.kind !== ReflectionKind.Variable) return;
    const declaration = context.getSymbolFromReflection(reflection)?.valueDeclaration;
    const type = declaration && context.checker.getTypeAtLocation(declaration);
    if (type?.aliasSymbol?.name !== 'Op') return;
    const [args] = type.aliasTypeArguments;
    if (!namesOf(args)) nameless.push(reflection.getFriendlyFullName());
    signatures.set(reflection, signatureOf(context, reflection, type, args));
  });

  converter.on(
    Converter.EVENT_RESOLVE_BEGIN,
    () => {
      for (const [reflection, signature] of signatures) {
        reflection.kind = ReflectionKind.Function;
        reflection.type = undefined;
        reflection.defaultValue = undefined;
        reflection.setFlag(ReflectionFlag.Const, false);
        reflection.signatures = [signature];
      }
    },
    EARLY,
  );
  return nameless;
}

/** The names in a tuple type, as in `[x: Tensor, axis?: number]`; undefined where it has none. */
function namesOf({ target: { labeledElementDeclarations: labels = [], minLength } }) {
  const names = labels.map((label) => label?.name.text);
  return names.length >= minLength && names.every((name) => name !== undefined) ? names : undefined;
}

/** What calling an op takes and gives. @param args the tuple type of its arguments */
function signatureOf(context, op, type, args) {
  const { checker, converter } = context;
  const signature = new SignatureReflection(op.name, ReflectionKind.CallSignature, op);
  context.registerReflection(signature, undefined);
  const within = context.withScope(op).withScope(signature);
  const [call] = type.getCallSignatures();
  signature.type = converter.convertType(within, call.getReturnType());
  signature.parameters = checker.getTypeArguments(args).map((own, i) => {
    const name = namesOf(args)?.[i] ?? `argument${i}`;
    const parameter = new ParameterReflection(name, ReflectionKind.Parameter, signature);
    context.registerReflection(parameter, undefined);
    const isOptional = i >= args.target.minLength;
    const shown = isOptional ? checker.getNonNullableType(own) : own;
    parameter.type = converter.convertType(within.withScope(parameter), shown);
    parameter.setFlag(ReflectionFlag.Optional, isOptional);
    return parameter;
  });
  return signature;
}
