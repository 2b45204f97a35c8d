/** A sample of a text that Prometheus reads. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const COMMENT = new RegExp(
  `^# (HELP (${NAME}) [^\\n]*|TYPE (${NAME}) (counter|gauge|histogram|summary|untyped))$`,
);
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)?,?\\})? ([^ ]+)(?: -?\\d+)?$`);

/**
 * Reads the text format 0.0.4 by its grammar: https://prometheus.io/docs/instrumenting/exposition_formats.
 * @throws Error on what is against it: a line of no form, a sample before its type, a histogram whose buckets do not add up
 */
export function parseExposition(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = COMMENT.exec(line);
    if (comment) {
      if (comment[3]) types.set(comment[3], comment[4]);
      continue;
    }
    const [, name, inner = '', figure] = SAMPLE.exec(line) ?? [];
    if (name === undefined) throw new Error(`no line of the format: ${line}`);
    const family = name.replace(/_(bucket|sum|count)$/, '');
    if (!types.has(name) && types.get(family) !== 'histogram') throw new Error(`${name} has no type`);
    const pairs = inner.match(new RegExp(LABEL, 'g')) ?? [];
    const labels = Object.fromEntries(pairs.map((pair) => [pair.split('=')[0], pair.split('"')[1]]));
    const value = figure === '+Inf' ? Number.POSITIVE_INFINITY : Number(figure);
    if (Number.isNaN(value)) throw new Error(`no number: ${line}`);
    if (types.get(name) === 'counter' && value < 0) throw new Error(`a counter below zero: ${line}`);
    samples.push({ name, labels, value });
  }
  for (const [family, type] of types) if (type === 'histogram') checkHistogram(family, samples);
  return samples;
}

function checkHistogram(family: string, samples: readonly Sample[]): void {
  const series = new Map<string, number[]>();
  for (const {
    name,
    labels: { le, ...rest },
    value,
  } of samples) {
    if (name !== `${family}_bucket`) continue;
    const counts = series.get(JSON.stringify(rest)) ?? [];
    if (counts.length > 0 && value < counts[counts.length - 1]) throw new Error(`${family}: ${le} has fewer`);
    series.set(JSON.stringify(rest), [...counts, value]);
  }
  for (const { name, labels, value } of samples) {
    if (name !== `${family}_count`) continue;
    if (series.get(JSON.stringify(labels))?.at(-1) !== value)
      throw new Error(`${family}: +Inf is not the count`);
  }
}
