import { readFile } from 'node:fs/promises';

/** Shaders without comments and examples, for pages: together they are half of them after gzip. */
export const plainShaders = {
  name: 'plain-shaders',
  setup(build) {
    build.onLoad({ filter: /\.wgsl$/ }, async ({ path }) => ({
      contents: plain(await readFile(path, 'utf8')),
      loader: 'text',
    }));
  },
};

/** WGSL has no texts: every `//` begins a comment, or with `#` a directive. Some directives go by the indentation. */
const plain = (source) =>
  source
    .replace(/(\/\/#begin \w+\n)[\s\S]*?(?=\/\/#end)/g, '$1')
    .split('\n')
    .map((line) => line.replace(/\/\/(?!#).*$/, '').trimEnd())
    .filter((line) => line !== '')
    .join('\n');
