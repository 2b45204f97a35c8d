import type Sharp from 'sharp';
import { DataError } from './errors';

/**
 * The package that reads and writes pictures. It is asked for where one is met: the engine must run without it.
 * @param file the picture
 * @throws DataError where it is not installed
 */
export async function loadSharp(file: string): Promise<typeof Sharp> {
  try {
    return (await import('sharp')).default;
  } catch (cause) {
    const problem = {
      file,
      expected: 'the npm package sharp, for pictures',
      found: 'none that loads here',
      advice: 'Run npm install sharp',
    };
    throw new DataError('DATA_UNREADABLE', problem, { cause });
  }
}
