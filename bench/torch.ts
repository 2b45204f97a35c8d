import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Contestant } from './contest';
import { CLASSES, type TimedNet, type TrainedNet } from './nets/nets';
import type { State } from './nets/start';
import { LEARNING_RATE, pixelsOf } from './nets/training';

/** An array as the peer gets it. */
export interface PeerArray {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** What the peer is to do, see bench/reference/peer.py. */
export interface PeerWork {
  readonly work: 'matmul' | 'conv2d' | 'step' | 'fisher';
  readonly arrays: readonly PeerArray[];
  /** Whatever else the work needs to know. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** A network at work on images, from the state that ours begins with. */
export function networkWork(
  work: 'step' | 'fisher',
  net: TimedNet & Pick<TrainedNet, 'reference'>,
  state: State,
): PeerWork {
  const arrays = [{ shape: net.images, data: pixelsOf(net) }, ...state.values()];
  const facts = { ...net.reference, names: [...state.keys()], classes: CLASSES, rate: LEARNING_RATE };
  return { work, arrays, facts };
}

/** Debian's has the packages; another one may come first on the path. */
const INTERPRETERS = ['/usr/bin/python3', 'python3'];
const SCRIPT = 'bench/reference/peer.py';
const BLAS_CHECK = 'bench/reference/blas.py';
export const TORCH_MISSING =
  'no PyTorch with OpenBLAS or MKL; on Debian install python3-torch, python3-numpy and libopenblas0-pthread for /usr/bin/python3';

/** A Python whose PyTorch multiplies with a fast BLAS: one that does not is no peer. */
export const torchPython = (): string | undefined =>
  INTERPRETERS.find((name) => spawnSync(name, [BLAS_CHECK]).status === 0);

/** PyTorch in a process of its own, on all cores. It waits for its input while others are timed. */
export class Torch {
  private readonly folder = mkdtempSync(join(tmpdir(), 'taskgrad-peer-'));
  private readonly answers: AsyncIterator<string>;
  private readonly lines: Interface;

  private constructor(private readonly child: ChildProcess) {
    const { stdout } = child;
    if (!stdout) throw new Error(`${SCRIPT}: no output to read`);
    this.lines = createInterface({ input: stdout });
    this.answers = this.lines[Symbol.asyncIterator]();
  }

  /** A new process, or why there can be none. */
  static open(): Torch | string {
    const interpreter = torchPython();
    if (!interpreter) return TORCH_MISSING;
    return new Torch(spawn(interpreter, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  /** Such as '1.13.0a0 with openblas-pthread on 2 threads'. */
  async describe(): Promise<string> {
    const { version, blas, threads } = await this.ask({ do: 'facts' });
    return `${version} with ${blas} on ${threads} threads`;
  }

  /** PyTorch at a work. `run` only counts: all runs of a stretch are one request, as is the wait for them. */
  async contestant({ work, arrays, facts }: PeerWork): Promise<Contestant> {
    const files = arrays.map(({ shape, data }, i) => {
      const file = join(this.folder, `${i}.f32`);
      writeFileSync(file, data);
      return { shape, file };
    });
    await this.ask({ do: 'open', work, arrays: files, ...facts });
    let times = 0;
    return {
      run: () => {
        times += 1;
      },
      finish: async () => {
        await this.ask({ do: 'run', times });
        times = 0;
      },
      result: async () => {
        const file = join(this.folder, 'result.f32');
        await this.ask({ do: 'result', file });
        const { buffer, byteOffset, byteLength } = readFileSync(file);
        return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
      },
      dispose: () => undefined,
    };
  }

  /** By how many bytes the process grew at most since its work was opened. */
  async peakBytes(): Promise<number> {
    const { bytes } = await this.ask({ do: 'peak' });
    return Number(bytes);
  }

  close(): void {
    this.lines.close();
    this.child.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async ask(request: object): Promise<Readonly<Record<string, unknown>>> {
    this.child.stdin?.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.answers.next();
    if (done)
      throw new Error(`${SCRIPT} ended while it was asked for ${JSON.stringify(request).slice(0, 100)}`);
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(`PyTorch: ${answer.error}`);
    return answer;
  }
}
