import { useEffect, useRef, useState } from 'preact/hooks';
import { inkOf, paintInk } from './ink';
import { token, tokenRgb } from './theme';

/** Pixels of the drawing, in each direction. */
export const SKETCH_SIDE = 280;
const SIDE = SKETCH_SIDE;
const PEN = 22;
const KEY_STEP = 10;

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-KEY_STEP, 0],
  ArrowRight: [KEY_STEP, 0],
  ArrowUp: [0, -KEY_STEP],
  ArrowDown: [0, KEY_STEP],
};

type Point = readonly [x: number, y: number];

/** A square to draw on, by pointer or by keyboard. */
export function Sketch({
  ink,
  onChange,
  isDark,
  isFixed,
}: {
  /** Of a drawing to go on with; without it there is none. */
  ink: Uint8Array | undefined;
  /** Given the ink of every pixel, 0 to 255, once in a frame in which something was drawn. */
  onChange: (ink: Uint8Array) => void;
  isDark: boolean;
  /** Nothing can be drawn, as where nobody could say what it is. */
  isFixed?: boolean;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  /** The one pointer that draws, and where it was last. */
  const drawn = useRef<{ pointer: number; at: Point } | undefined>(undefined);
  const frame = useRef<number | undefined>(undefined);
  const told = useRef(ink);
  const [pen, setPen] = useState<{ at: Point; down: boolean } | undefined>(undefined);

  const paper = (): CanvasRenderingContext2D | null | undefined =>
    canvas.current?.getContext('2d', { willReadFrequently: true });

  const tell = () => {
    if (frame.current === undefined) return;
    cancelAnimationFrame(frame.current);
    frame.current = undefined;
    const pixels = paper()?.getImageData(0, 0, SIDE, SIDE).data;
    if (!pixels) return;
    told.current = inkOf(pixels);
    onChange(told.current);
  };
  const newest = useRef(tell);
  newest.current = tell;
  useEffect(() => () => newest.current(), []);

  // What was drawn before, perhaps in another theme, takes the theme's colour; what was cleared goes.
  const isOurs = ink === told.current;
  useEffect(() => {
    const context = paper();
    if (!context || (isOurs && !ink)) return;
    told.current = ink;
    const image = context.createImageData(SIDE, SIDE);
    if (ink) paintInk(image.data, ink, tokenRgb('--ink'));
    context.putImageData(image, 0, 0);
  }, [isDark, isOurs]);

  const stroke = (from: Point, to: Point) => {
    const context = paper();
    if (!context) return;
    context.strokeStyle = token('--ink');
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
    frame.current ??= requestAnimationFrame(() => newest.current());
  };

  const begin = (event: PointerEvent) => {
    if (isFixed || drawn.current || event.button !== 0 || !event.isPrimary) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    const at = pointOf(event);
    drawn.current = { pointer: event.pointerId, at };
    stroke(at, at);
  };
  const move = (event: PointerEvent) => {
    if (drawn.current?.pointer !== event.pointerId) return;
    const to = pointOf(event);
    stroke(drawn.current.at, to);
    drawn.current.at = to;
  };
  const end = ({ pointerId }: PointerEvent) => {
    if (drawn.current?.pointer === pointerId) drawn.current = undefined;
  };

  const pointOf = ({ offsetX, offsetY, currentTarget }: PointerEvent): Point => {
    const { clientWidth } = currentTarget as HTMLElement;
    return [(offsetX * SIDE) / clientWidth, (offsetY * SIDE) / clientWidth];
  };

  const key = (event: KeyboardEvent) => {
    const { at, down } = pen ?? { at: [SIDE / 2, SIDE / 2] as Point, down: false };
    const move = MOVES[event.key];
    if (isFixed || (!move && event.key !== ' ')) return;
    event.preventDefault();
    if (!move) return setPen({ at, down: !down });
    const clamp = (value: number) => Math.min(SIDE, Math.max(0, value));
    const to: Point = [clamp(at[0] + move[0]), clamp(at[1] + move[1])];
    if (down) stroke(at, to);
    setPen({ at: to, down });
  };

  return (
    <div
      class="sketch"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is worked by keyboard
      tabIndex={0}
      aria-label={`Drawing area. Arrow keys move the pen, space ${pen?.down ? 'lifts it' : 'puts it down'}.`}
      onKeyDown={key}
      onBlur={() => setPen(undefined)}
    >
      <canvas
        ref={canvas}
        width={SIDE}
        height={SIDE}
        onPointerDown={begin}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={end}
        onLostPointerCapture={end}
      />
      {pen && (
        <span
          class={pen.down ? 'pen down' : 'pen'}
          style={{ left: `${(100 * pen.at[0]) / SIDE}%`, top: `${(100 * pen.at[1]) / SIDE}%` }}
        />
      )}
    </div>
  );
}
