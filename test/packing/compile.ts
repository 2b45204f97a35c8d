import ts from 'typescript';

/** How a program's imports are found. */
export type Resolution = 'node16' | 'nodenext' | 'bundler';

const RESOLUTIONS: Readonly<Record<Resolution, ts.CompilerOptions>> = {
  node16: { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 },
  nodenext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
};
const files = new Map<string, ts.SourceFile | undefined>();

/** What the compiler says of programs and of the declarations that they reach, but for TypeScript's own, line by line. */
export function complaints(
  programs: readonly string[],
  resolution: Resolution,
  conditions?: readonly string[],
): string[] {
  const options: ts.CompilerOptions = {
    ...RESOLUTIONS[resolution],
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: [],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    ...(conditions && { customConditions: [...conditions] }),
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, languageVersion, ...rest) => {
    // Only files of TypeScript's own are the same under each resolution.
    if (!/[\\/]typescript[\\/]lib[\\/]/.test(name)) return read(name, languageVersion, ...rest);
    if (!files.has(name)) files.set(name, read(name, languageVersion, ...rest));
    return files.get(name);
  };
  const program = ts.createProgram(programs, options, host);
  const own = program.getSourceFiles().filter((file) => !program.isSourceFileDefaultLibrary(file));
  const found = [
    ...program.getOptionsDiagnostics(),
    ...own.flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]),
  ];
  return found.map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
