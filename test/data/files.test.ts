import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DataError, OutputError } from '../../src/data/errors';
import { ensureWritable, readJson, writeFileAtomic } from '../../src/data/files.node';
import { failure } from './failure';
import { useFolder } from './folder';

const folder = useFolder();
const inFolder = (...parts: string[]) => join(folder.path, ...parts);

async function outputError(call: () => Promise<void>): Promise<OutputError> {
  const error = await failure(call);
  expect(error).toBeInstanceOf(OutputError);
  expect(String(error)).not.toContain('\n');
  return error as OutputError;
}

describe('writeFileAtomic', () => {
  it('makes the folders on the way and leaves the one file', async () => {
    await writeFileAtomic(inFolder('a', 'b', 'c.txt'), 'grüße');
    expect(await readFile(inFolder('a', 'b', 'c.txt'), 'utf8')).toBe('grüße');
    expect(await readdir(inFolder('a', 'b'))).toEqual(['c.txt']);
  });

  it('replaces a file by bytes, of a view only its own', async () => {
    await writeFileAtomic(inFolder('x'), 'a longer text than the next');
    await writeFileAtomic(inFolder('x'), Uint8Array.of(9, 1, 2, 9).subarray(1, 3));
    expect([...(await readFile(inFolder('x')))]).toEqual([1, 2]);
    expect(await readdir(folder.path)).toEqual(['x']);
  });

  it('leaves one whole content when many write at once', async () => {
    const contents = Array.from({ length: 8 }, (_, i) => String(i).repeat(50_000));
    await Promise.all(contents.map((content) => writeFileAtomic(inFolder('x'), content)));
    expect(contents).toContain(await readFile(inFolder('x'), 'utf8'));
    expect(await readdir(folder.path)).toEqual(['x']);
  });

  it('names a path that leads through a file', async () => {
    await writeFile(inFolder('file'), '');
    const error = await outputError(() => writeFileAtomic(inFolder('file', 'sub', 'x'), ''));
    expect(error).toMatchObject({ code: 'OUTPUT_UNWRITABLE', systemCode: 'EEXIST' });
    expect(error.message).toContain(
      `cannot write ${inFolder('file', 'sub', 'x')}: a part of this path is not a folder`,
    );
  });

  it('does not replace a folder, and leaves nothing beside it', async () => {
    await mkdir(inFolder('taken'));
    const error = await outputError(() => writeFileAtomic(inFolder('taken'), 'text'));
    expect(error.systemCode).toBe('EISDIR');
    expect(await readdir(folder.path)).toEqual(['taken']);
  });

  it('passes on an error that is not the file system’s', async () => {
    const notContent: unknown = 5;
    const error = await failure(() => writeFileAtomic(inFolder('x'), notContent as string));
    expect(error).toBeInstanceOf(TypeError);
    expect(await readdir(folder.path)).toEqual([]);
  });
});

/**
 * A limit on the size of files makes the kernel cut a write short, as a disk does that fills up in
 * the middle of one, and fail the next.
 */
describe.skipIf(!existsSync('/usr/bin/prlimit'))('writeFileAtomic when a write is cut short', () => {
  const setLimit = (bytes: string) =>
    execFileSync('prlimit', ['--pid', `${process.pid}`, `--fsize=${bytes}:`]);
  const ignore = () => undefined;
  beforeEach(() => {
    process.on('SIGXFSZ', ignore); // would end the process otherwise
    setLimit('65536');
  });
  afterEach(() => {
    setLimit('unlimited');
    process.off('SIGXFSZ', ignore);
  });

  it.each([
    ['bytes', new Uint8Array(300_000)],
    ['text', 'x'.repeat(300_000)],
  ])('fails, keeps the old file whole and leaves no part of the new one: %s', async (_, content) => {
    await writeFileAtomic(inFolder('x'), 'the good checkpoint');
    const error = await outputError(() => writeFileAtomic(inFolder('x'), content));
    expect(error.systemCode).toBe('EFBIG');
    expect(await readFile(inFolder('x'), 'utf8')).toBe('the good checkpoint');
    expect(await readdir(folder.path)).toEqual(['x']);
  });
});

describe('OutputError', () => {
  it.each([
    ['ENOSPC', 'the disk is full'],
    ['EACCES', 'permission denied'],
    ['EROFS', 'read-only'],
    ['ENAMETOOLONG', 'ENAMETOOLONG'],
  ])('says in words what %s means', (code, words) => {
    expect(new OutputError('/out/x', code).message).toContain(`cannot write /out/x: `);
    expect(new OutputError('/out/x', code).message).toContain(words);
  });
});

describe('ensureWritable', () => {
  it('makes the folder and leaves it empty', async () => {
    await ensureWritable(inFolder('new', 'run'));
    expect(await readdir(inFolder('new', 'run'))).toEqual([]);
  });

  it('accepts a folder that is there, by a relative path too', async () => {
    await ensureWritable(relative(process.cwd(), folder.path));
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('refuses a file, a folder under a file and a link that leads nowhere', async () => {
    await writeFile(inFolder('file'), '');
    await symlink(inFolder('nowhere', 'at all'), inFolder('link'));
    for (const dir of [inFolder('file'), inFolder('file', 'a', 'b'), inFolder('link', 'run')]) {
      const error = await outputError(() => ensureWritable(dir));
      expect(error).toMatchObject({ path: dir, systemCode: 'EEXIST' });
    }
  });

  it.skipIf(!existsSync('/proc/self'))(
    'refuses /proc, which takes no files, to the superuser too',
    async () => {
      expect((await outputError(() => ensureWritable('/proc'))).path).toBe('/proc');
      expect((await outputError(() => ensureWritable('/proc/taskgrad'))).path).toBe('/proc/taskgrad');
    },
  );
});

describe('readJson', () => {
  const schema = z.object({ seed: z.number().int(), rounds: z.array(z.object({ score: z.number() })) });
  const refusal = async (text: string) => {
    await writeFile(inFolder('state.json'), text);
    const error = await failure(() => readJson(inFolder('state.json'), schema));
    expect(error).toBeInstanceOf(DataError);
    expect(String(error)).not.toContain('\n');
    return String(error).replace(folder.path, '');
  };

  it('reads back what was written', async () => {
    const state = { seed: 3, rounds: [{ score: 0.5 }] };
    await writeFileAtomic(inFolder('state.json'), JSON.stringify(state));
    expect(await readJson(inFolder('state.json'), schema)).toEqual(state);
  });

  it('names the file and the field that does not fit', async () => {
    expect(await refusal('{"seed": 3, "rounds": [{"score": 1}, {"score": "high"}]}')).toBe(
      'DataError: /state.json, field rounds[1].score: expected number, found "high"',
    );
  });

  it('names a field that is missing', async () => {
    expect(await refusal('{"rounds": []}')).toBe(
      'DataError: /state.json, field seed: expected number, found nothing',
    );
  });

  it('says so when the whole is of another kind', async () => {
    expect(await refusal('[1]')).toBe('DataError: /state.json: expected object, found [1]');
  });

  it('says so when the file is cut', async () => {
    expect(await refusal('{"seed": 3,\n"rou')).toContain('/state.json: expected JSON, found ');
  });

  it('says so when there is no such file', async () => {
    const error = await failure(() => readJson(inFolder('none.json'), schema));
    expect(error).toMatchObject({ code: 'DATA_MISSING', problem: { found: 'no such file' } });
  });

  it('says so when the path is a folder', async () => {
    const error = await failure(() => readJson(folder.path, schema));
    expect(error).toMatchObject({ code: 'DATA_UNREADABLE', problem: { found: 'EISDIR' } });
  });
});
