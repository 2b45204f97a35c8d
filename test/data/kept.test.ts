import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { DataError } from '../../src/data/errors';
import { isDamage, readKept, writeKept } from '../../src/data/kept.node';
import { newestWhole } from '../../src/experiment/kinds/whole.node';
import { failure } from './failure';
import { useFolder } from './folder';

const folder = useFolder();
const path = () => join(folder.path, 'distances.json');
const schema = z.record(z.string(), z.number());
const content = { '0/a/b': 0.1, '2': -0, 'é\u2028': 1e-300 };

describe('a kept file', () => {
  test('gives back what was written, of the same only', async () => {
    const augment: number | undefined = undefined;
    await writeKept(path(), content, { of: { seed: 5, augment } });
    expect(await readKept(path(), schema, { seed: 5, augment })).toEqual({
      content: { ...content, '2': 0 },
      isChecked: true,
    });
    const error = await failure(() => readKept(path(), schema, { seed: 0 }));
    expect(error).toMatchObject({
      code: 'DATA_OTHER',
      message: expect.stringContaining('with seed 5, not 0'),
    });
  });

  test('tells a flipped bit wherever it matters', async () => {
    await writeKept(path(), content);
    const whole = await readFile(path());
    let passed = 0;
    for (let bit = 0; bit < 8 * whole.length; bit += 7) {
      const bytes = Uint8Array.from(whole);
      bytes[bit >> 3] ^= 1 << (bit & 7);
      await writeFile(path(), bytes);
      try {
        expect((await readKept(path(), schema)).content).toEqual({ ...content, '2': 0 });
        passed += 1; // a space became a tab, say
      } catch (error) {
        expect(isDamage(error) || (error as DataError).code === 'DATA_OTHER', String(error)).toBe(true);
      }
    }
    expect(passed).toBeLessThan(0.05 * whole.length);
  });

  test('of version 0.1, plain JSON, is read unchecked', async () => {
    await writeFile(path(), JSON.stringify(content));
    expect(await readKept(path(), schema, { seed: 0 })).toMatchObject({ isChecked: false });
    await writeFile(path(), '{"a": "b"}');
    expect(await failure(() => readKept(path(), schema))).toMatchObject({
      code: 'DATA_FORMAT',
      message: expect.stringContaining('field a: expected number, found "b"'),
    });
  });
});

describe('the newest whole file', () => {
  const said: string[] = [];
  const newest = () => {
    said.length = 0;
    const load = async (file: string) => (await readKept(file, schema, { seed: 1 })).content;
    return newestWhole({ say: (text) => void said.push(text) }, path(), load);
  };
  const write = (value: number) => writeKept(path(), { a: value }, { of: { seed: 1 }, keepPrevious: true });

  test('is the one before a damaged one, which is put aside with a word', async () => {
    expect(await newest()).toBeUndefined();
    await write(1);
    await write(2);
    expect(await newest()).toEqual({ a: 2 });
    expect(said).toEqual([]);
    const damaged = (await readFile(path(), 'utf8')).replace('"a": 2', '"a": 3');
    await writeFile(path(), damaged);
    expect(await newest()).toEqual({ a: 1 });
    expect(said[0]).toMatch(
      /distances.json, content: expected SHA-256 .*distances.json.damaged now; the job goes back to .*previous$/,
    );
    expect(await readFile(`${path()}.damaged`, 'utf8')).toBe(damaged);
    await write(4);
    expect(await newest()).toEqual({ a: 4 });
  });

  test('is none where none is whole', async () => {
    await write(1);
    await writeFile(path(), '{"sha2');
    expect(await newest()).toBeUndefined();
    expect(said[0]).toContain('this work begins anew');
  });

  test('is not one of another run: that is an error', async () => {
    await writeKept(path(), { a: 1 }, { of: { seed: 0 } });
    expect(await failure(newest)).toMatchObject({ code: 'DATA_OTHER' });
    expect(said).toEqual([]);
  });
});
