import { useEffect, useMemo } from 'preact/hooks';
import { asMnist, SIDE } from '../digit';
import { Button, Card } from '../parts';
import { Pixels, sequential } from '../pixels';
import type { Prediction } from '../protocol';
import { SHIPPED_NOTE, shippedGuess } from '../shipped/guess';
import { SKETCH_SIDE, Sketch } from '../sketch';
import type { PageState } from '../store';
import { count, percent } from '../words';
import type { PanelProps } from './panel';

export function DrawPanel({ state, send, isDark, ready, settings, go }: PanelProps) {
  const { ink } = state;
  const setInk = (ink: Uint8Array | undefined) => send({ type: 'ink', ink });
  const image = useMemo(() => ink && asMnist(ink, SKETCH_SIDE), [ink]);
  const shipped = useMemo(() => image && shippedGuess(image), [image]);
  const prediction = image && (state.settings ? state.prediction : shipped);
  const step = state.points.at(-1)?.step ?? 0;
  // asked again as the network learns
  useEffect(() => {
    if (image && ready) send({ type: 'draw', pixels: image });
  }, [image, ready, step]);
  return (
    <div class="panel">
      <Card
        title="Draw a digit"
        note="With the mouse, a finger or a pen; by keyboard, arrow keys move the pen, space puts it down and lifts it."
      >
        <Sketch ink={ink} onChange={setInk} isDark={isDark} isFixed={state.isSample} />
        <div class="buttons">
          <Button disabled={state.isSample} onClick={() => setInk(undefined)}>
            Clear
          </Button>
          <Button
            disabled={!ready}
            onClick={() => {
              send({ type: 'train', settings });
              go('train');
            }}
          >
            {state.settings ? 'Train more' : 'Train a network first'}
          </Button>
        </div>
      </Card>
      <Card title="What the network sees" note={spoken(state)}>
        <div class="guess">
          <Pixels
            className="digit large"
            rows={SIDE}
            columns={SIDE}
            of={image}
            isDark={isDark}
            colour={(i) => sequential((image?.[i] ?? 0) / 255, isDark)}
            label={image ? 'The drawing, centred and scaled to 28 by 28 pixels' : 'Nothing drawn yet'}
          />
          <Bars prediction={prediction} classes={(prediction ?? state.prediction)?.classes} />
        </div>
      </Card>
    </div>
  );
}

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

function spoken({ prediction, settings, origin }: PageState): string {
  if (!settings) return SHIPPED_NOTE;
  if (!prediction) return 'The network is waiting for a drawing.';
  const { taskName, steps } = prediction;
  if (origin && steps === 0) return `The network of ${origin}, for “${taskName}”.`;
  return `The network trained on “${taskName}”, after ${count(steps)} steps.`;
}

function answer(name: string | undefined, probability: number): string {
  if (name === undefined) return 'Nothing drawn yet';
  return `${probability > 0.5 ? 'It is' : 'Perhaps'} ${name}, with ${percent(probability)} %`;
}

function Bars({ prediction, classes = DIGITS }: { prediction?: Prediction; classes?: readonly string[] }) {
  const probabilities = prediction?.probabilities ?? [];
  const best = probabilities.indexOf(Math.max(...probabilities));
  return (
    <div>
      <p class="answer" aria-live="polite">
        {answer(classes[best], probabilities[best])}
      </p>
      <table class="bars">
        <caption>Probability of each class</caption>
        <tbody>
          {classes.map((name, i) => (
            <tr key={name} class={i === best ? 'best' : ''}>
              <th scope="row">{name}</th>
              <td class="bar">
                <span style={{ width: `${100 * (probabilities[i] ?? 0)}%` }} />
              </td>
              <td class="number">{percent(probabilities[i] ?? 0)} %</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
