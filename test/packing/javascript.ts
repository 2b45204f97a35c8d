import ts from 'typescript';

/** A program in TypeScript as one that runs. */
export const javascript = (text: string): string =>
  ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  }).outputText;
