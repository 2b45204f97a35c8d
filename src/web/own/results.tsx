import { useMemo, useState } from 'preact/hooks';
import { closestTask } from '../../fisher/closest';
import { cellSvg } from '../../report/cell';
import { closestTasks } from '../map/seeds';
import { MapView } from '../map/view';
import { placeTasks } from '../mds';
import { FisherLayerView } from '../panels/fisher';
import { Empty, Facts } from '../parts';
import { FlatMap } from '../sample/flat-map';
import { count, distance, percent } from '../words';
import { distancesOf, OWN_PLACE, TASK_NAMES } from './among';
import type { OwnSearch, OwnTrained } from './protocol';
import type { OwnState } from './state';

const HEIGHT = 300;

export function TrainedFacts({ trained }: { trained: OwnTrained | undefined }) {
  const last = trained?.epochs.at(-1);
  return (
    <Facts
      facts={[
        { name: 'Epoch', value: trained ? `${trained.epochs.length} of ${trained.totalEpochs}` : '–' },
        { name: 'Loss', value: last ? last.loss.toFixed(3) : '–', unit: 'nats' },
        { name: 'Training accuracy', value: last ? percent(last.accuracy) : '–', unit: '%' },
        {
          name: 'Test accuracy',
          value: trained?.testAccuracy === undefined ? '–' : percent(trained.testAccuracy),
          unit: `% of ${trained?.images.test ?? '–'}`,
        },
      ]}
    />
  );
}

/** What the network says of what it was shown last. */
export function Answer({ own }: { own: OwnState }) {
  const { trained, probabilities } = own;
  const classes = trained?.classes ?? [];
  const best = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : -1;
  return (
    <div class="own-answer">
      <p class="answer" aria-live="polite">
        {probabilities
          ? `It is “${classes[best]}”, with ${percent(probabilities[best])} %`
          : 'Nothing shown yet'}
      </p>
      <table class="bars">
        <caption>Probability of each class</caption>
        <tbody>
          {classes.map((name, i) => (
            <tr key={name} class={i === best ? 'best' : ''}>
              <th scope="row">{name}</th>
              <td class="bar">
                <span style={{ width: `${100 * (probabilities?.[i] ?? 0)}%` }} />
              </td>
              <td class="number">{percent(probabilities?.[i] ?? 0)} %</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function FisherLayers({ fisher, isDark }: { fisher: OwnState['fisher']; isDark: boolean }) {
  if (!fisher) return <Empty height={HEIGHT / 2}>Nothing computed yet.</Empty>;
  return (
    <>
      <p class="note">
        How strongly each weight decides on your {count(fisher.images)} test pictures, by its share of the
        largest value.
      </p>
      <div class="layers">
        {fisher.layers.map((layer) => (
          <FisherLayerView key={layer.name} layer={layer} isDark={isDark} />
        ))}
      </div>
    </>
  );
}

/** Where the pictures lie among MNIST's tasks. */
export function OwnMap({ own, isDark, isFlat }: { own: OwnState; isDark: boolean; isFlat: boolean }) {
  const [chosen, choose] = useState<number | undefined>(undefined);
  const distances = useMemo(() => distancesOf(own), [own.distances]);
  const placement = useMemo(() => distances && placeTasks(distances), [distances]);
  if (!distances || !placement) {
    return <Empty height={HEIGHT}>The map appears when the distances to MNIST’s tasks are measured.</Empty>;
  }
  const closest = closestTask(distances, OWN_PLACE);
  return (
    <>
      <p class="closest-own">
        Closest to your pictures: <b>{TASK_NAMES[closest]}</b>, at {distance(distances[closest][OWN_PLACE])}{' '}
        nats per weight (log-det distance on your test pictures).
      </p>
      {isFlat ? (
        <FlatMap placement={placement} names={TASK_NAMES} />
      ) : (
        <MapView
          placement={placement}
          names={TASK_NAMES}
          closest={closestTasks(distances)}
          blur={undefined}
          chosen={chosen ?? OWN_PLACE}
          onChoose={choose}
          isDark={isDark}
        />
      )}
    </>
  );
}

export function Found({ search }: { search: OwnSearch | undefined }) {
  const winner = search?.winner;
  const svg = useMemo(
    () =>
      winner &&
      cellSvg(winner.genotype, (operation) => search.effects[operation], 'The cell for your pictures'),
    [winner, search],
  );
  if (!search) return <Empty height={HEIGHT}>Nothing searched yet.</Empty>;
  return (
    <>
      <p class="note">The search space: {search.reason}.</p>
      {winner && svg ? (
        <>
          <Facts
            facts={[
              { name: 'Test accuracy', value: percent(winner.testAccuracy), unit: '%' },
              { name: 'Parameters', value: count(winner.parameters) },
            ]}
          />
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a picture that scrolls sideways must be reached by keyboard */}
          <section class="scroll cell" aria-label="The cell for your pictures" tabIndex={0}>
            <div dangerouslySetInnerHTML={{ __html: svg }} />
          </section>
        </>
      ) : (
        <Empty height={HEIGHT}>The winner appears when the search is over.</Empty>
      )}
    </>
  );
}
