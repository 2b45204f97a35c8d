import { Button, Card, Empty } from '../parts';
import { diverging, Pixels, sequential } from '../pixels';
import type { Activations, LayerPicture, Subject } from '../protocol';
import { count, percent } from '../words';

const HEIGHT = 240;

/** What each layer makes of a digit: a test digit, or the drawing. */
export function Layers({
  activations,
  drawing,
  isDark,
  canLook,
  look,
}: {
  activations: Activations | undefined;
  /** Of the Draw panel, if there is one. */
  drawing: Uint8Array | undefined;
  isDark: boolean;
  /** Whether there is a network to look into. */
  canLook: boolean;
  look: (subject: Subject) => void;
}) {
  const { subject } = activations ?? {};
  const next = subject?.kind === 'test' ? subject.place + 1 : 0;
  return (
    <Card
      title="Through the layers"
      wide
      note="What each layer makes of one digit: blue below zero, orange above, each layer on a scale of its own. It follows the training."
    >
      <div class="buttons">
        <Button disabled={!canLook} onClick={() => look({ kind: 'test', place: next })}>
          {subject?.kind === 'test' ? 'Next test digit' : 'A test digit'}
        </Button>
        <Button
          disabled={!canLook || !drawing}
          onClick={() => drawing && look({ kind: 'drawn', pixels: drawing })}
        >
          My drawing
        </Button>
      </div>
      {activations ? (
        <>
          <div class="subject">
            <Pixels
              className="digit"
              rows={28}
              columns={28}
              of={activations.image}
              isDark={isDark}
              colour={(i) => sequential(activations.image[i] / 255, isDark)}
              label={activations.label ? `A digit of class ${activations.label}` : 'The drawing'}
            />
            <p>{spoken(activations)}</p>
          </div>
          <div class="activations">
            {activations.layers.map((layer, i) => (
              <Layer key={`${i} ${layer.name}`} layer={layer} number={i + 1} isDark={isDark} />
            ))}
          </div>
        </>
      ) : (
        <Empty height={HEIGHT}>
          {canLook
            ? 'Choose a digit: here, or among those that are taken for others.'
            : 'Train a network first.'}
        </Empty>
      )}
    </Card>
  );
}

function spoken({ step, label, answer, probability }: Activations): string {
  const what = label === undefined ? 'The drawing' : `A test digit of class ${label}`;
  return `${what}: after step ${count(step)} the network says ${answer}, with ${percent(probability)} %.`;
}

function Layer({ layer, number, isDark }: { layer: LayerPicture; number: number; isDark: boolean }) {
  const { name, shape, maps, rows, columns, values } = layer;
  const size = rows * columns;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const shown = maps > 1 && maps < shape[0] ? `, the first ${maps} of ${shape[0]} maps` : '';
  return (
    <figure>
      <figcaption>
        <b>
          {number} {name}
        </b>{' '}
        [{shape.join(' × ')}]
        <span class="aside">
          to ±{largest.toPrecision(2)}
          {shown}
        </span>
      </figcaption>
      <div class={maps > 1 ? 'maps' : 'units'}>
        {Array.from({ length: maps }, (_, map) => (
          <Pixels
            key={map}
            rows={rows}
            columns={columns}
            of={values}
            isDark={isDark}
            colour={(i) => diverging(values[map * size + i] / largest, isDark)}
            label={maps > 1 ? `Map ${map + 1} of layer ${number}` : `Units of layer ${number}, ${name}`}
          />
        ))}
      </div>
    </figure>
  );
}
