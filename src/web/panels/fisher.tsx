import { useSettings } from '../address';
import { DistanceChoice, DistanceTable } from '../distances';
import { useKept } from '../kept';
import { Button, Card, Choice, Empty } from '../parts';
import { css, Pixels, sequential } from '../pixels';
import type { FisherLayer, FisherPicture, FisherSettings } from '../protocol';
import { FISHER_COUNTS, type Settings } from '../settings';
import { defaultNetwork } from '../store';
import { count, DISTANCES, NETWORK_OPTIONS, percent, TASK_OPTIONS, taskName } from '../words';
import type { PanelProps } from './panel';

const COUNTS = FISHER_COUNTS.map((value) => ({
  value: `${value}` as const,
  text: value === 1 ? 'one' : `${value}`,
}));
/** Orders of magnitude that a picture shows below its largest value. */
const DECADES = 5;

export function FisherPanel({ state, send, isDark, ready }: PanelProps) {
  const [chosen, change] = useSettings();
  const [first, setFirst] = useKept('first', 0);
  const { measured = defaultNetwork(state), distance: kind = 'logdet' } = chosen;
  const { source = '3', target = '3', count: images = 1 } = chosen;
  const settings: FisherSettings = { network: measured, source, target, first, count: images };
  const choose = (next: Settings) => {
    setFirst(0);
    change(next);
  };
  const isBusy = state.activity === 'measuring';
  const compute = (first: number) => {
    setFirst(first);
    send({ type: 'fisher', settings: { ...settings, first } });
  };
  const cells = state.matrix[settings.network] ?? [];
  return (
    <div class="panel">
      <Card
        title="Fisher information"
        note="How strongly each weight decides on an image: the square of the loss’s derivative, taken for every image by itself and averaged."
      >
        <div class="fields">
          <Choice
            label="Network"
            value={settings.network}
            options={NETWORK_OPTIONS}
            onChange={(network) => change({ measured: network })}
          />
          <Choice
            label="Source: trained on"
            value={settings.source}
            options={TASK_OPTIONS}
            onChange={(value) => change({ source: value })}
          />
          <Choice
            label="Target: images of"
            value={settings.target}
            options={TASK_OPTIONS}
            onChange={(value) => choose({ target: value })}
          />
          <Choice
            label="Test images"
            value={`${images}` as const}
            options={COUNTS}
            onChange={(value) => choose({ count: FISHER_COUNTS.find((one) => `${one}` === value) })}
          />
        </div>
        <div class="buttons">
          <Button primary disabled={!ready || isBusy} onClick={() => compute(settings.first)}>
            Compute
          </Button>
          <Button
            disabled={!ready || isBusy || !state.fisher}
            onClick={() => compute(nextFirst(settings, state.fisher))}
          >
            Next images
          </Button>
        </div>
      </Card>
      <Card title="Distances between tasks" note={DISTANCES[kind].note}>
        <div class="buttons">
          {isBusy ? (
            <Button primary onClick={() => send({ type: 'pause' })}>
              Stop
            </Button>
          ) : (
            <Button
              primary
              disabled={!ready}
              onClick={() => send({ type: 'matrix', network: settings.network })}
            >
              Measure distances
            </Button>
          )}
          <DistanceChoice kind={kind} onChange={(distance) => change({ distance })} />
        </div>
        <DistanceTable cells={cells} kind={kind} isDark={isDark} />
      </Card>
      <Card title="Layer by layer" wide>
        {state.fisher ? (
          <Layers picture={state.fisher} isDark={isDark} />
        ) : (
          <Empty height={240}>Nothing computed yet.</Empty>
        )}
      </Card>
    </div>
  );
}

function nextFirst({ count: images }: FisherSettings, picture: FisherPicture | undefined): number {
  if (!picture) return 0;
  const next = picture.settings.first + images;
  return next >= picture.available ? 0 : next;
}

function Layers({ picture, isDark }: { picture: FisherPicture; isDark: boolean }) {
  const { settings, layers, image, label, available } = picture;
  const { first, count: images, source, target } = settings;
  const which = images === 1 ? `image ${first + 1}` : `images ${first + 1} to ${first + images}`;
  return (
    <>
      <div class="subject">
        <Pixels
          className="digit"
          rows={28}
          columns={28}
          of={image}
          isDark={isDark}
          colour={(i) => sequential(image[i] / 255, isDark)}
          label={`The first image, of class ${label}`}
        />
        <p>
          The network trained on <b>{taskName(source)}</b>, looking at {which} of {count(available)} test
          images of <b>{taskName(target)}</b>. The first is of class <b>{label}</b>.
        </p>
      </div>
      <div class="layers">
        {layers.map((layer) => (
          <FisherLayerView key={layer.name} layer={layer} isDark={isDark} />
        ))}
      </div>
      <div class="scale">
        <span>10⁻{'⁵'} and less</span>
        <span
          class="ramp"
          style={{
            background: `linear-gradient(to right, ${[0, 0.33, 0.67, 1].map((share) => css(sequential(share, isDark))).join()})`,
          }}
        />
        <span>1</span>
        <span>of the layer’s largest value, logarithmic</span>
      </div>
    </>
  );
}

/** A layer's Fisher information as a picture. */
export function FisherLayerView({ layer, isDark }: { layer: FisherLayer; isDark: boolean }) {
  const { name, shape, rows, columns, values, share } = layer;
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  const shareOf = (value: number) =>
    value > 0 && largest > 0 ? 1 + Math.log10(value / largest) / DECADES : 0;
  return (
    <figure>
      <figcaption>
        <b>{name}</b> [{shape.join(' × ')}]<span class="aside">{percent(share)} % of all information</span>
      </figcaption>
      <div class="plane">
        <span class="y">output units</span>
        <Pixels
          className="heat"
          rows={rows}
          columns={columns}
          of={values}
          isDark={isDark}
          colour={(i) => sequential(shareOf(values[i]), isDark)}
          label={`Fisher information of ${name}, ${percent(share)} % of the network’s`}
        />
        <span class="x">weights of each unit</span>
      </div>
    </figure>
  );
}
