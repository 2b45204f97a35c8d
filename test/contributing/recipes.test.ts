import { expect, test } from 'vitest';
import { edited, recipesOf } from './recipes';

const PAGE = `# Page

### Add a thing

Words.

1. Its record, in the new file \`src/thing.ts\`:

   \`\`\`ts
   # no heading
     indented
   \`\`\`

2. Its row, in \`src/table.ts\`, after \`import b;\`:

   \`\`\`ts
   import thing;
   \`\`\`

\`\`\`sh
npx vitest run test/thing.test.ts -t thing
npm run check
\`\`\`

### Another section

\`\`\`ts
what no recipe says
\`\`\`
`;

test('a recipe is what its section says to write, where, and to run', () => {
  expect(recipesOf(PAGE)).toEqual([
    {
      title: 'Add a thing',
      edits: [
        { file: 'src/thing.ts', text: '# no heading\n  indented\n' },
        { file: 'src/table.ts', at: { place: 'after', line: 'import b;' }, text: 'import thing;\n' },
      ],
      commands: ['npx vitest run test/thing.test.ts -t thing', 'npm run check'],
    },
  ]);
});

test('a block that does not say where it goes, or has no end, is refused', () => {
  expect(() => recipesOf('### Add a thing\n\nCode:\n\n```ts\nx\n```\n')).toThrow(/says neither .*: Code:/);
  expect(() => recipesOf('### Add a thing\n\nIn the new file `a.ts`:\n\n```ts\nx\n')).toThrow(/no end/);
});

const FILE = 'a\n  b {\n    c\n  };\nd\n';
test.each([
  ['before', 'a', 'x\na\n  b {\n    c\n  };\nd\n'],
  ['after', 'd', 'a\n  b {\n    c\n  };\nd\nx\n'],
  ['in place of', 'd', 'a\n  b {\n    c\n  };\nx\n'],
  ['in place of', 'b {', 'a\nx\nd\n'],
] as const)('text goes %s the line %j, with all that it opens', (place, line, expected) => {
  expect(edited(FILE, { file: 'f', at: { place, line }, text: 'x\n' })).toBe(expected);
});

test('a new file has the text alone', () => {
  expect(edited(undefined, { file: 'f', text: 'x\n' })).toBe('x\n');
});

test('files that are not as the recipe has them are named', () => {
  const at = { place: 'after', line: 'x' } as const;
  expect(() => edited('x\n', { file: 'f', text: '' })).toThrow('f is there already');
  expect(() => edited(undefined, { file: 'f', at, text: '' })).toThrow('f is not there');
  expect(() => edited('a\n', { file: 'f', at, text: '' })).toThrow("f has 0 lines 'x', expected one");
  expect(() => edited('x\n  x\n', { file: 'f', at, text: '' })).toThrow("f has 2 lines 'x', expected one");
  const open = { file: 'f', at: { place: 'in place of', line: 'x {' }, text: '' } as const;
  expect(() => edited('x {\n', open)).toThrow('never closed');
});
