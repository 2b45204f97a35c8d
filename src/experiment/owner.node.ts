import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

/** A process that holds a folder, or a job in a bucket. */
export const ownerSchema = z.object({
  host: z.string(),
  pid: z.int().positive(),
  since: z.string(),
  /** Names the time that the machine was started; changes with it. */
  boot: z.string().optional(),
  /** Numbers of processes mean nothing in another space of them, as in another container. */
  space: z.string().optional(),
  /** When the process was started, in the machine's ticks: numbers are given again. */
  born: z.string().optional(),
  /** Keys of the artefacts that its job builds on. */
  uses: z.array(z.string()).readonly().optional(),
});
export type Owner = z.infer<typeof ownerSchema>;

export const thisProcess = (): Owner => ({
  host: hostname(),
  pid: process.pid,
  since: new Date().toISOString(),
  ...machine(),
  born: bornAt(process.pid),
});

/** Whether an owner still runs, as far as it can be told from here. */
export function whereabouts(owner: Owner): 'alive' | 'gone' | 'unknown' {
  const { boot, space } = machine();
  if (owner.host !== hostname()) return 'unknown';
  if (owner.boot !== boot) return 'gone';
  if (owner.space !== space) return 'unknown';
  if (!exists(owner.pid)) return 'gone';
  return owner.born === bornAt(owner.pid) ? 'alive' : 'gone';
}

/** Of this machine, where the system tells: on Linux. */
function machine(): Pick<Owner, 'boot' | 'space'> {
  return {
    boot: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    space: attempt(() => readlinkSync('/proc/self/ns/pid')),
  };
}

/** The 22nd word of /proc/PID/stat. The second is the program's name in brackets, which may hold anything. */
const bornAt = (pid: number): string | undefined =>
  attempt(() =>
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .at(19),
  );

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM';
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
