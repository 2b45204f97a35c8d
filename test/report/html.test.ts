import { describe, expect, it } from 'vitest';
import { reportHtml } from '../../src/report/html';
import type { Distance, Results } from '../../src/report/results';
import { olderResults, results } from './fixture';
import { all, type Element, parseXml, textOf } from './xml';

function page(changes: Partial<Results> = {}): Element {
  return parseXml(reportHtml({ ...results, ...changes }).replace('<!doctype html>', ''));
}

describe('report page', () => {
  const shown = page();

  it('is well-formed and holds every picture', () => {
    const names = all(shown, 'figure').map(({ attributes }) => attributes.get('id'));
    expect(names).toEqual([
      'heatmap-logdet-mean',
      'heatmap-logdet-sd',
      'heatmap-frechet-mean',
      'heatmap-frechet-sd',
      'sensitivity-logdet',
      'heatmap-logdet-published',
      'alpha-fuse-task-aware-task3',
      'cell-fuse-task-aware-task3',
      'alpha-fuse-standard-task3',
      'cell-fuse-standard-task3',
      'cell-random-search-task3',
      'training-loss',
      'training-accuracy',
      ...['published-mnist', 'published-cifar10', 'published-quickdraw'],
    ]);
    for (const figure of all(shown, 'figure')) {
      expect(all(figure, 'svg')).toHaveLength(1);
      expect(textOf(all(figure, 'figcaption')[0] as Element).length).toBeGreaterThan(30);
    }
  });

  it('needs no script and no other host', () => {
    const source = reportHtml(results);
    expect(source).not.toMatch(/<script|<link|<iframe|<img|@import|\son\w+=/i);
    const addresses = source.match(/\b(?:https?:)?\/\/[\w.]+/g) ?? [];
    expect([...new Set(addresses)]).toEqual(['http://www.w3.org']);
  });

  it('gives no two parts of its pictures the same id', () => {
    const ids = [...reportHtml(results).matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('shows markup in names as text', () => {
    const evil = '</title><script>alert("1")</script>&amp;';
    const tasks = results.tasks.map((task) => ({ ...task, name: `${evil}${task.id}` }));
    const cutDown = [evil];
    const adapter = { ...results.adapter, description: evil };
    const found = page({ tasks, cutDown, adapter, preset: evil });
    expect(all(found, 'script')).toEqual([]);
    expect(textOf(all(found, 'h1')[0] as Element)).toBe(`taskgrad report: preset ${evil}`);
    expect(all(found, 'li').map(textOf)).toEqual([evil]);
  });

  it('says how to get a graphics card used when the adapter is software, and only then', () => {
    const [note] = all(shown, 'aside');
    expect(note && textOf(note)).toMatch(/lavapipe runs on the processor.*--adapter gpu/);
    expect(all(page({ adapter: { ...results.adapter, software: false } }), 'aside')).toEqual([]);
    const swift = page({ adapter: { ...results.adapter, kind: 'swiftshader' } });
    expect(textOf(all(swift, 'aside')[0] as Element)).toContain('mesa-vulkan-drivers');
  });

  it('names what was cut, the versions, and the closest task of each', () => {
    expect(all(shown, 'li').map(textOf)).toEqual(results.cutDown);
    const text = textOf(shown);
    for (const fact of ['0.6.2', '20.19.2', 'Mesa 25.0.7', 'llvmpipe']) expect(text).toContain(fact);
    const rows = all(shown, 'tr').map((row) =>
      row.children.flatMap((cell) => (typeof cell === 'string' ? [] : [textOf(cell)])),
    );
    expect(rows).toContainEqual(['all digits', '0,1,2,3 + rest', '0.48', '0,1,2,3 + rest', '0.25']);
    const [body, head] = ['0.0007', '0.071'];
    expect(rows).toContainEqual([
      ...['FUSE task-aware', '3.57 (± 0.39)', body, head],
      ...['9', '972', '35.5 s', '564', '6.2 s', ''],
    ]);
  });

  it('says under the table what test images chose, of older results that they do not say', () => {
    expect(textOf(shown)).toMatch(/something was chosen by them: accuracies of trained networks, distances/);
    const older = textOf(page(olderResults));
    expect(older).toContain('These older results do not say');
    expect(older).not.toMatch(/looked at once|first read|Nothing was chosen/);
  });

  it('names no searched cell the best, but the range of all', () => {
    // Errors of 3.57, 3.91 and 4.18 %.
    expect(textOf(shown)).toContain('95.82 to 96.43 %');
    expect(textOf(shown)).not.toMatch(/best searched/i);
  });

  it('says of rounds in which α did not decide that it did not', () => {
    const [search, ...others] = results.search;
    // 95 % of ln 3 is 1.0437.
    const rounds = search.rounds.map((round, i) => ({ ...round, entropy: [1.0436, 1.0438, 1.0986][i] }));
    expect(textOf(page({ search: [{ ...search, rounds }, ...others] }))).toContain(
      'FUSE task-aware: α did not decide in 2 of 3 rounds.',
    );
    expect(textOf(shown)).not.toContain('did not decide');
  });

  it('lists cells without a search, parameters of body and head apart', () => {
    const rows = all(shown, 'tr').map(textOf);
    expect(rows).toContain(`drawn${results.unsearched?.[0].genotype.hash}4.31331${'70\u202f570'}5646.1 s`);
  });

  it('marks distances that are not above the null', () => {
    const rows = all(shown, 'tr').map((row) =>
      row.children.flatMap((cell) => (typeof cell === 'string' ? [] : [textOf(cell)])),
    );
    expect(rows).toContainEqual(
      ['0,1,2,3 + rest', 'all digits', '0.20, not above the null of 0.29 ± 0.017'].concat([
        'all digits',
        '0.19, not above the null of 0.79 ± 0.009',
      ]),
    );
  });

  it('says what distances were measured on, how many entries ε hides, and which closest task hangs on it', () => {
    const section = all(shown, 'section').find((part) => textOf(part).startsWith('Distances between tasks'));
    const text = section ? textOf(section) : '';
    expect(text).toContain(
      'on the target’s training images that nothing trained on; heads matched, ε = 1e-10',
    );
    expect(text).toContain('24.37 % of the normalised Fishers’ entries are below ε.');
    expect(text).toContain('6 vs rest (1e-6), all digits (1e-10)');
    expect(text).toContain('other first weights, one pair a task');
  });

  it('draws distances of an older run, which knew no null and no other ε, and says that it has none', () => {
    const { nulls: _, below: __, ...known } = results.distance as Distance;
    const old = page({ distance: { ...known, overEpsilon: [], images: 'test', head: 'padded' } });
    const text = textOf(old);
    expect(text).toContain('The diagonal is empty: these results have no distance of a task from itself');
    expect(text).toContain('on the target’s test images; heads padded');
    expect(text).not.toMatch(/below ε|The closest task over ε/);
  });

  it('marks published figures as not measured here', () => {
    const headings = all(shown, 'h2').map(textOf);
    expect(headings.at(-1)).toBe('Beside the published figures');
    const published = all(shown, 'section').find((section) =>
      textOf(section).startsWith('Beside the published figures'),
    );
    expect(published && textOf(published)).toMatch(/not measured here[\s\S]*DenseNet-161[\s\S]*1\.17/);
  });

  it('says of every part that was not run that it was not', () => {
    const bare = page({ training: [], distance: null, search: [], table: [], cutDown: [] });
    expect(all(bare, 'p').filter((paragraph) => textOf(paragraph) === 'Not run.')).toHaveLength(4);
    const pictures = all(bare, 'figure').map(({ attributes }) => attributes.get('id'));
    expect(pictures.filter((id) => !id?.startsWith('published-'))).toEqual([]);
  });
});
