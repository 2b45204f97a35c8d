import { percent, seconds } from '../words';
import type { StepParts } from './step-parts';

const PARTS: readonly { part: keyof StepParts; name: string; what: string }[] = [
  { part: 'kernels', name: 'Kernels', what: 'The GPU computes. JavaScript may work beside it.' },
  {
    part: 'script',
    name: 'JavaScript alone',
    what: 'The step’s kernels are put on a list, and the GPU has nothing to do yet.',
  },
  {
    part: 'rest',
    name: 'On the way',
    what: 'The browser checks the list and hands it to the GPU’s driver, and tells the page when it is done.',
  },
];

/** Where a step's time goes, that which is no kernel's included. */
export function Parts({ parts }: { parts: StepParts | undefined }) {
  const whole = parts ? parts.kernels + parts.script + parts.rest : 0;
  const share = (part: keyof StepParts) => (parts && whole > 0 ? parts[part] / whole : 0);
  return (
    <>
      <div class="stack" aria-hidden="true">
        {PARTS.map(({ part }) => (
          <span key={part} class={part} style={{ width: `${100 * share(part)}%` }} />
        ))}
      </div>
      <table class="parts">
        <caption>What a step’s time goes into</caption>
        <tbody>
          {PARTS.map(({ part, name, what }) => (
            <tr key={part}>
              <th scope="row">
                <span class={`key ${part}`} aria-hidden="true" />
                {name}
              </th>
              <td class="number">{parts ? seconds(parts[part]) : '–'}</td>
              <td class="number">{parts ? `${percent(share(part))} %` : '–'}</td>
              <td class="what">{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
