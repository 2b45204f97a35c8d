import { useRef, useState } from 'preact/hooks';
import type { PanelProps } from '../panels/panel';
import { Button, Card, Choice } from '../parts';
import type { NetworkChoice } from '../protocol';
import { defaultNetwork, type PageState } from '../store';
import { NETWORK_OPTIONS } from '../words';
import { closestOf, distancesOf } from './among';
import { Classes } from './classes';
import { gathered, problemsOf, seenAs } from './collection';
import './own.css';
import type { Collected, KnownCell, OwnAsk, Picture } from './protocol';
import { Answer, FisherLayers, Found, OwnMap, TrainedFacts } from './results';
import { NOTHING_COLLECTED } from './state';

export function OwnPanel({ state, send, take, isDark, ready }: PanelProps) {
  const { own } = state;
  const { collected = NOTHING_COLLECTED } = own;
  const { collection, seen } = collected;
  /** What happens between two renders adds up. */
  const newest = useRef(collected);
  newest.current = collected;
  const collect = (next: Partial<Collected>) => {
    newest.current = { ...newest.current, ...next };
    take({ type: 'collecting', collected: newest.current });
  };
  const [network, setNetwork] = useState<NetworkChoice | undefined>(own.trained?.network);
  const ask = (one: OwnAsk) => send({ type: 'own', ask: one });
  const isBusy = ['ownTraining', 'ownMeasuring', 'ownSearching'].includes(state.activity);
  const isTrained = own.trained?.testAccuracy !== undefined;
  const distances = distancesOf(own);
  const kind = network ?? defaultNetwork(state);
  const look = (picture: Picture) => {
    // As the trained network sees pictures, whatever is chosen for the next one.
    const isSame = (own.trained?.channels === 3) === (seen === 'colour');
    if (isTrained && isSame) ask({ type: 'name', pixels: seenAs(picture, seen) });
  };
  const stop = (
    <Button primary onClick={() => send({ type: 'pause' })}>
      Stop
    </Button>
  );
  return (
    <div class="panel own">
      <Card
        title="Your classes"
        wide
        note="Pictures are read in this page, kept in this browser as all your work is, and leave it nowhere. Each is cut to its middle square and scaled to 28 × 28 pixels: grey like MNIST’s digits, which are white on black, or in colour. A quarter of each class is kept to test on."
      >
        <Classes
          collection={collection}
          change={(next) => collect({ collection: next(newest.current.collection) })}
          seen={seen}
          setSeen={(next) => collect({ seen: next })}
          isDark={isDark}
          onLook={look}
        />
      </Card>
      <Card title="Train" note="Adam on shuffled batches of your pictures, from first weights of its own.">
        <div class="fields">
          <Choice label="Network" value={kind} options={NETWORK_OPTIONS} onChange={setNetwork} />
        </div>
        <div class="buttons">
          {state.activity === 'ownTraining' ? (
            stop
          ) : (
            <Button
              primary
              disabled={!ready || isBusy || problemsOf(collection).length > 0}
              onClick={() => ask({ type: 'train', pictures: gathered(collection, seen), network: kind })}
            >
              Train on your pictures
            </Button>
          )}
        </div>
        <TrainedFacts trained={own.trained} />
        <div class="buttons">
          <Button
            disabled={!ready || !isTrained}
            onClick={() => ask({ type: 'file', format: 'safetensors' })}
          >
            Network (safetensors)
          </Button>
          <Button disabled={!ready || !isTrained} onClick={() => ask({ type: 'file', format: 'onnx' })}>
            Network (ONNX)
          </Button>
        </div>
      </Card>
      <Card title="What it says" note="Of the drawing or the camera’s picture above, once it is trained.">
        <Answer own={own} />
      </Card>
      <Card
        title="Among MNIST’s tasks"
        wide
        note="The closer two tasks stand, the more alike are the weights that matter for them."
      >
        <div class="buttons">
          {state.activity === 'ownMeasuring' ? (
            stop
          ) : (
            <>
              <Button
                primary
                disabled={!ready || isBusy || !isTrained}
                onClick={() => ask({ type: 'compare', known: knownBetween(state) })}
              >
                Measure distances to MNIST’s tasks
              </Button>
              <Button disabled={!ready || isBusy || !isTrained} onClick={() => ask({ type: 'fisher' })}>
                Compute Fisher information
              </Button>
            </>
          )}
        </div>
        <OwnMap own={own} isDark={isDark} isFlat={state.isSample === true} />
      </Card>
      <Card title="Fisher information" wide>
        <FisherLayers fisher={own.fisher} isDark={isDark} />
      </Card>
      <Card
        title="A cell of your own"
        wide
        note="FUSE among the operations of the closest task’s best cell, where a search in the FUSE panel has found one, and among all operations otherwise."
      >
        <div class="buttons">
          {state.activity === 'ownSearching' ? (
            stop
          ) : (
            <Button
              primary
              disabled={!ready || isBusy || !distances}
              onClick={() =>
                distances && ask({ type: 'search', closest: closestOf(distances), known: knownCells(state) })
              }
            >
              Search with the closest task’s space
            </Button>
          )}
        </div>
        <Found search={own.search} />
      </Card>
    </div>
  );
}

/** Distances between MNIST's tasks that are known already, of networks like the trained one. */
function knownBetween({ own, matrix }: PageState) {
  return (own.trained && matrix[own.trained.network]) ?? [];
}

/** Cells that searches of the FUSE panel have found. */
function knownCells({ searches }: PageState): KnownCell[] {
  return Object.values(searches).flatMap(({ task, winner }) =>
    winner ? [{ task, genotype: winner.genotype, accuracy: 1 - winner.testError }] : [],
  );
}
