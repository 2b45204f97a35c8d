import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of 256 kB, in memory. Only the superuser of Linux can have one. */
export class SmallDisk {
  readonly path = mkdtempSync(join(tmpdir(), 'taskgrad-disk-'));
  readonly isMounted =
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', this.path]).status === 0;

  /** Leaves no room at all. */
  async fill(): Promise<void> {
    for (let kilobytes = 256; kilobytes > 0; kilobytes--) {
      const isWritten = await writeFile(this.#filler, Buffer.alloc(kilobytes * 1024)).then(
        () => true,
        () => false,
      );
      if (isWritten) return;
    }
  }

  free(): Promise<void> {
    return rm(this.#filler, { force: true });
  }

  remove(): void {
    if (this.isMounted) spawnSync('umount', [this.path]);
    rmdirSync(this.path);
  }

  get #filler(): string {
    return join(this.path, 'filler');
  }
}
