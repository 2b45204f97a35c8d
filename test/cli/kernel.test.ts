import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../data/folder';
import { type Started, useCli } from './program';

const cli = useCli();
const folder = useFolder();

const shader = (body: string) => `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  ${body}
}
`;
const inFolder = (name: string) => join(folder.path, name);
const quick = ['--bind', 'x=f32[64]:arange', '--repeat', '1', '--print', 'y:3'];

/** Follows what a process says: resolves when it has said some words, after those waited for before. */
function follow({ child, outcome }: Started) {
  let rest = '';
  let look = () => {};
  child.stdout?.on('data', (chunk: string) => {
    rest += chunk;
    look();
  });
  const ended = outcome.then(({ stderr }) => Promise.reject(new Error(`it ended too early: ${stderr}`)));
  ended.catch(() => undefined);
  return (words: string): Promise<void> => {
    const said = new Promise<void>((resolve) => {
      look = () => {
        const at = rest.indexOf(words);
        if (at < 0) return;
        rest = rest.slice(at + words.length);
        resolve();
      };
      look();
    });
    return Promise.race([said, ended]);
  };
}

describe('taskgrad kernel', () => {
  it('runs the example of the README, and says what it bound, how fast it was and what was checked', async () => {
    const { code, stdout, stderr } = await cli.run('kernel', 'bench/kernels/saxpy.wgsl', '--repeat', '2');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^adapter: /);
    expect(stdout).toMatch(/^0\.1 +x +read +f32\[262144\] randn$/m);
    expect(stdout).toMatch(/^time: [\d.]+ [mµ]?s a dispatch /m);
    expect(stdout).toMatch(/^rate: .* GFLOP\/s \(.* % of the measured peak/m);
    expect(stdout).toMatch(
      /^checks: finite values, the same bits in \d+ runs, nothing read or written past/m,
    );
  });

  it('ends with 1 where a check found something, and with --json says it to programs', async () => {
    await writeFile(inFolder('wild.wgsl'), shader('y[id.x + 1u] = x[id.x];'));
    const { code, stdout, stderr } = await cli.run('kernel', inFolder('wild.wgsl'), ...quick, '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [kernel] = events.filter(({ event }) => event === 'kernel');
    expect(kernel).toMatchObject({
      entry: 'main',
      workgroup: [32, 1, 1],
      groups: [2, 1, 1],
      constants: {},
      findings: [{ kind: 'write past end', buffer: 'y' }],
    });
  });

  it('answers what does not compile by the line, and what cannot be read by one line', async () => {
    await writeFile(inFolder('broken.wgsl'), shader('y[id.x] = true;'));
    const { code, stderr } = await cli.run('kernel', inFolder('broken.wgsl'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^taskgrad: kernel .*broken\.wgsl does not compile:\n5:\d+ .*\n/);
    expect(stderr).toMatch(/^ +5 \| +y\[id\.x\] = true;$/m);
    const missing = await cli.run('kernel', inFolder('none.wgsl'));
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toMatch(/^taskgrad: cannot read .*none\.wgsl: there is no such file\n$/);
  });
});

describe('taskgrad kernel --watch', () => {
  it('runs again when the file or an import of it is saved, errors or not, and ends with 130', async () => {
    const file = inFolder('watched.wgsl');
    await writeFile(inFolder('factor.wgsl'), 'const FACTOR = 2.0;');
    const text = (body: string) => `//#import factor\n${shader(body)}`;
    await writeFile(file, text('y[id.x] = FACTOR * x[id.x];'));
    const started = cli.start('kernel', file, ...quick, '--watch');
    const hears = follow(started);
    await hears('waiting for the file');
    await writeFile(file, text('y[id.x] = FACTOR * ;'));
    await hears('does not compile');
    await hears('waiting for the file');
    await writeFile(file, text('y[id.x] = FACTOR + x[id.x];'));
    await hears('y = 2 3 4');
    await hears('waiting for the file');
    await writeFile(inFolder('factor.wgsl'), 'const FACTOR = 7.0;');
    await hears('y = 7 8 9');
    started.child.kill('SIGINT');
    const { code, stdout, stderr } = await started.outcome;
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    expect(stdout.match(/^y = .*$/gm)).toEqual([
      'y = 0 2 4 … (64 values)',
      'y = 2 3 4 … (64 values)',
      'y = 7 8 9 … (64 values)',
    ]);
  });
});
