import { useEffect, useRef } from 'preact/hooks';
import { SIDE } from '../digit';
import { seenAs } from './collection';
import type { Picture, Seen } from './protocol';

const PIXELS = SIDE * SIDE;
/** The newest pictures of a class. */
const SHOWN = 12;

/** The newest pictures of a class as the network sees them, side by side. */
export function Thumbnails({
  pictures,
  seen,
  name,
}: {
  pictures: readonly Picture[];
  seen: Seen;
  name: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const shown = pictures.slice(-SHOWN);
  useEffect(() => {
    const pen = canvas.current?.getContext('2d');
    if (!pen) return;
    for (const [i, picture] of shown.entries()) {
      const values = seenAs(picture, seen);
      const image = pen.createImageData(SIDE, SIDE);
      for (let at = 0; at < PIXELS; at++) {
        const channel = (number: number) => values[(number * PIXELS + at) % values.length];
        image.data.set([channel(0), channel(1), channel(2), 255], 4 * at);
      }
      pen.putImageData(image, i * SIDE, 0);
    }
  }, [pictures, seen]);
  return (
    <canvas
      ref={canvas}
      class="thumbnails"
      role="img"
      aria-label={`The newest pictures of ${name}`}
      width={SHOWN * SIDE}
      height={SIDE}
    />
  );
}
