import { taskMeasure } from './task-measure';

/**
 * Log expected empirical prediction: the mean log-likelihood of the target's labels when the source's classes are read as
 * if they told them, (1/N) Σ_n log Σ_z P(y_n | z) θ_z(x_n), with P(y, z) = (1/N) Σ_{n: y_n = y} θ_z(x_n) and θ the
 * softmax of the source network's logits.
 */
export const leep = taskMeasure({
  name: 'leep',
  title: 'LEEP',
  first: 'most',
  source: 'Nguyen, Hassner, Seeger and Archambeau 2020, arXiv:2002.12462',
  needs: ['outputs', 'labels'],
  of: ({ outputs: { rows, columns, values }, labels }) => {
    const shares = values.slice();
    for (let n = 0; n < rows; n++) softmax(shares.subarray(n * columns, (n + 1) * columns));
    const classes = labels.reduce((most, label) => Math.max(most, label + 1), 0);
    const joint = new Float64Array(classes * columns);
    const marginal = new Float64Array(columns);
    for (let n = 0; n < rows; n++) {
      for (let z = 0; z < columns; z++) {
        joint[labels[n] * columns + z] += shares[n * columns + z];
        marginal[z] += shares[n * columns + z];
      }
    }
    let total = 0;
    for (let n = 0; n < rows; n++) {
      let likelihood = 0;
      for (let z = 0; z < columns; z++) {
        // An output that is 0 for every sample tells nothing.
        if (marginal[z] > 0)
          likelihood += (joint[labels[n] * columns + z] / marginal[z]) * shares[n * columns + z];
      }
      total += Math.log(likelihood);
    }
    return total / rows;
  },
});

function softmax(row: Float64Array): void {
  const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let z = 0; z < row.length; z++) {
    row[z] = Math.exp(row[z] - most);
    sum += row[z];
  }
  for (let z = 0; z < row.length; z++) row[z] /= sum;
}
