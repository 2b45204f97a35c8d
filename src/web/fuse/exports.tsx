import { useState } from 'preact/hooks';
import { cellSvg } from '../../report/cell';
import type { Send } from '../connection';
import { download } from '../download';
import { Button } from '../parts';
import type { Winner } from '../protocol';
import type { Effects } from './cell';
import { cellHash } from './link';
import { pngOf } from './picture';

/** Everything that a trained cell can be taken away as. */
export function Exports({
  winner,
  effects,
  task,
  name,
  send,
}: {
  winner: Winner;
  effects: Effects;
  task: string;
  /** Of the files, without an ending. */
  name: string;
  send: Send;
}) {
  const { genotype, safetensors } = winner;
  const hasWeights = safetensors.length > 0; // the sample has none
  const [said, say] = useState('');
  const picture = () => cellSvg(genotype, (operation) => effects[operation], `Cell ${genotype.hash}`);
  const hash = cellHash(task, genotype);
  const copy = () => {
    const text = new URL(hash, location.href).href;
    navigator.clipboard.writeText(text).then(
      () => say('The link is copied.'),
      () => say('The browser does not let the page copy; take the link’s address.'),
    );
  };
  const png = () => {
    pngOf(picture()).then(
      (blob) => download(`${name}.png`, 'image/png', blob),
      (error: Error) => say(error.message),
    );
  };
  return (
    <>
      <div class="buttons">
        <Button
          onClick={() => download(`${name}.json`, 'application/json', JSON.stringify(genotype, null, 2))}
        >
          Genotype (JSON)
        </Button>
        <Button
          disabled={!hasWeights}
          onClick={() => download(`${name}.safetensors`, 'application/octet-stream', safetensors)}
        >
          Weights (safetensors)
        </Button>
        <Button
          disabled={!hasWeights}
          onClick={() => send({ type: 'onnx', from: { name, bytes: safetensors } })}
        >
          Network (ONNX)
        </Button>
        <Button onClick={() => download(`${name}.svg`, 'image/svg+xml', picture())}>Picture (SVG)</Button>
        <Button onClick={png}>Picture (PNG)</Button>
        <Button onClick={copy}>Copy link</Button>
      </div>
      <p class="note">
        The weights’ file has all in it that <code>models.load</code> needs; ONNX takes pixels from 0 to 255.
        A <a href={hash}>link to this cell</a> opens the page with it, to train it from scratch.{' '}
        <span aria-live="polite">{said}</span>
      </p>
    </>
  );
}
