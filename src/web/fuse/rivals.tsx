import type { Send } from '../connection';
import { Button, Card } from '../parts';
import type { Comparison, Rival, SearchState } from '../protocol';
import { count, NETWORK_OPTIONS, percent } from '../words';
import { cellNames } from './names';

const KINDS: readonly Rival['kind'][] = ['random', 'smallCifarNet', 'NN2'];

/** The winner beside what it has to be better than. */
export function Rivals({
  search,
  comparison,
  isBusy,
  ready,
  send,
}: {
  search: SearchState | null;
  comparison: Comparison | undefined;
  isBusy: boolean;
  ready: boolean;
  send: Send;
}) {
  const winner = search?.winner;
  const rivals = comparison?.rivals ?? [];
  const isWhole = rivals.length === KINDS.length;
  const name = winner && cellNames(search?.rounds ?? []).get(winner.genotype.hash)?.name;
  return (
    <Card
      title="Beside the winner"
      note="Random search has the budget that FUSE had, and scores its cells alike. All networks are trained from scratch on the same images, as long, and tested on the same images. One search ranks nothing: with other seeds errors are half a point and more apart."
    >
      <div class="buttons">
        <Button
          disabled={!ready || isBusy || !winner || isWhole}
          onClick={() => search && send({ type: 'compare', task: search.task })}
        >
          {isWhole ? 'Compared' : `Compare (${rivals.length} of ${KINDS.length})`}
        </Button>
      </div>
      <table class="rivals">
        <thead>
          <tr>
            <th scope="col">Network</th>
            <th scope="col">Test error (%)</th>
            <th scope="col">Parameters</th>
          </tr>
        </thead>
        <tbody>
          <Row
            name={name ? `FUSE: ${name}` : 'FUSE'}
            testError={winner?.testError}
            images={winner?.testImages}
            parameters={winner?.parameters}
            isBest
          />
          {KINDS.map((kind) => {
            const rival = rivals.find((one) => one.kind === kind);
            return (
              <Row
                key={kind}
                name={nameOf(kind, rival)}
                testError={rival?.testError}
                images={winner?.testImages}
                parameters={rival?.parameters}
              />
            );
          })}
        </tbody>
      </table>
    </Card>
  );
}

function nameOf(kind: Rival['kind'], rival: Rival | undefined): string {
  if (kind === 'random')
    return rival?.genotype ? `Random search: cell ${rival.genotype.hash}` : 'Random search';
  return `By hand: ${NETWORK_OPTIONS.find(({ value }) => value === kind)?.text ?? kind}`;
}

function Row({
  name,
  testError,
  images,
  parameters,
  isBest,
}: {
  name: string;
  testError?: number;
  images?: number;
  parameters?: number;
  isBest?: boolean;
}) {
  return (
    <tr class={isBest ? 'own' : ''}>
      <th scope="row">{name}</th>
      <td>
        {testError === undefined || !images
          ? '–'
          : `${percent(testError, 2)} ± ${uncertainty(testError, images)}`}
      </td>
      <td>{parameters === undefined ? '–' : count(parameters)}</td>
    </tr>
  );
}

/** Standard error of a share over so many images, in percent. */
const uncertainty = (share: number, images: number): string =>
  percent(Math.sqrt((share * (1 - share)) / images), 2);
