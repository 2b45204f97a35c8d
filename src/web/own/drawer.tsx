import { useState } from 'preact/hooks';
import { asMnist } from '../digit';
import { Button } from '../parts';
import { SKETCH_SIDE, Sketch } from '../sketch';
import { fromGrey } from './collection';
import type { Picture } from './protocol';

/** A place to draw examples of a class, or something for the network to name. */
export function Drawer({
  className,
  isDark,
  onPicture,
  onLook,
}: {
  className: string;
  isDark: boolean;
  onPicture: (picture: Picture) => void;
  /** Given the drawing after each stroke. */
  onLook: (picture: Picture) => void;
}) {
  const [ink, setInk] = useState<Uint8Array | undefined>(undefined);
  const [drawing, setDrawing] = useState(0);
  const image = ink && asMnist(ink, SKETCH_SIDE);
  const clear = () => {
    setInk(undefined);
    setDrawing(drawing + 1);
  };
  return (
    <div class="drawer">
      <Sketch
        key={drawing}
        ink={ink}
        isDark={isDark}
        onChange={(next) => {
          setInk(next);
          const seen = asMnist(next, SKETCH_SIDE);
          if (seen) onLook(fromGrey(seen));
        }}
      />
      <div class="buttons">
        <Button
          disabled={!image}
          onClick={() => {
            if (image) onPicture(fromGrey(image));
            clear();
          }}
        >
          {`Add the drawing to “${className}”`}
        </Button>
        <Button disabled={!image} onClick={clear}>
          Clear the drawing
        </Button>
      </div>
    </div>
  );
}
