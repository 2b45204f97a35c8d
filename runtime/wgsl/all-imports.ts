import adaptive from '../../shaders/snippets/adaptive.wgsl';
import attention from '../../shaders/snippets/attention.wgsl';
import best from '../../shaders/snippets/best.wgsl';
import border from '../../shaders/snippets/border.wgsl';
import epilogue from '../../shaders/snippets/epilogue.wgsl';
import lanes from '../../shaders/snippets/lanes.wgsl';
import linesOf3 from '../../shaders/snippets/lines_of_3.wgsl';
import linesOf5 from '../../shaders/snippets/lines_of_5.wgsl';
import moments from '../../shaders/snippets/moments.wgsl';
import resize from '../../shaders/snippets/resize.wgsl';
import statistics from '../../shaders/snippets/statistics.wgsl';
import strip from '../../shaders/snippets/strip.wgsl';
import { expandImports, knowSnippets } from './imports';

/** Has every snippet known, for shaders from outside: they may import any of them. */
export function expandAllImports(source: string): string {
  knowSnippets({ adaptive, attention, best, border, epilogue, lanes, moments, resize, statistics, strip });
  knowSnippets({ lines_of_3: linesOf3, lines_of_5: linesOf5 });
  return expandImports(source);
}
