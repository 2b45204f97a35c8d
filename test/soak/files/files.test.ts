import { expect, test } from 'vitest';
import { useFolder } from '../../data/folder';
import { writeFiles } from '../../data/small-files';
import { shortly } from '../shortly';
import { filesSoak } from './files';
import { READERS } from './readers';

const folder = useFolder();

test.each(READERS.map((reader) => [reader.name, reader] as const))(
  'files › %s reads what is whole',
  async (_, { files, read }) => {
    await writeFiles(folder.path, await files());
    await expect(read(folder.path)).resolves.not.toThrow();
  },
);

test('files › what is damaged or made up is read, or refused in a line of our own', () =>
  shortly(filesSoak, 0.02));
