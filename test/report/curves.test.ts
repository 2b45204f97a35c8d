import { describe, expect, it } from 'vitest';
import { accuracySvg, lossSvg } from '../../src/report/curves';
import { results } from './fixture';
import { curves, labels, parseXml } from './xml';

describe('training curves', () => {
  it('draw the loss as one line per task and seed', () => {
    const svg = parseXml(lossSvg(results.training, results.tasks));
    expect(curves(svg)).toHaveLength(8);
    expect(labels(svg)).toEqual(expect.arrayContaining(['epoch', 'cross-entropy (nats)', 'all digits']));
  });

  it('draw test accuracy dashed beside training accuracy', () => {
    const dashed = curves(parseXml(accuracySvg(results.training, results.tasks))).filter(({ attributes }) =>
      attributes.has('stroke-dasharray'),
    );
    expect(dashed).toHaveLength(8);
  });

  it('leave out test accuracy that was not taken', () => {
    const training = results.training.map((run) => ({
      ...run,
      curve: run.curve.map(({ epoch, trainLoss, trainAccuracy }) => ({ epoch, trainLoss, trainAccuracy })),
    }));
    expect(curves(parseXml(accuracySvg(training, results.tasks)))).toHaveLength(8);
  });

  it('draw a run of a single epoch too', () => {
    const training = results.training.map((run) => ({ ...run, curve: run.curve.slice(0, 1) }));
    expect(labels(parseXml(lossSvg(training, results.tasks)))).toEqual(
      expect.arrayContaining(['1', 'epoch']),
    );
  });

  it('tell networks apart where there are several', () => {
    const training = results.training.map((run, index) => ({ ...run, network: index % 2 ? 'NN1' : 'NN2' }));
    const found = labels(parseXml(lossSvg(training, results.tasks)));
    expect(found).toEqual(expect.arrayContaining(['all digits, NN1', 'all digits, NN2']));
  });
});
