import { useEffect, useRef, useState } from 'preact/hooks';
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
}: {
  /** Of a drawing to go on with. */
  ink: Uint8Array | undefined;
  /** Given the ink of every pixel, 0 to 255, after each stroke. */
  onChange: (ink: Uint8Array) => void;
  isDark: boolean;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<Point | undefined>(undefined);
  const [pen, setPen] = useState<{ at: Point; down: boolean } | undefined>(undefined);

  const paper = (): CanvasRenderingContext2D | null | undefined =>
    canvas.current?.getContext('2d', { willReadFrequently: true });

  // What was drawn before, perhaps in another theme, takes the theme's colour.
  useEffect(() => {
    const context = paper();
    if (!context || !ink) return;
    const image = context.createImageData(SIDE, SIDE);
    const colour = tokenRgb('--ink');
    for (let i = 0; i < ink.length; i++) image.data.set([...colour, ink[i]], 4 * i);
    context.putImageData(image, 0, 0);
  }, [isDark]);

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
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    onChange(Uint8Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i + 3]));
  };

  const pointOf = ({ offsetX, offsetY, currentTarget }: PointerEvent): Point => {
    const { clientWidth } = currentTarget as HTMLElement;
    return [(offsetX * SIDE) / clientWidth, (offsetY * SIDE) / clientWidth];
  };

  const key = (event: KeyboardEvent) => {
    const { at, down } = pen ?? { at: [SIDE / 2, SIDE / 2] as Point, down: false };
    const move = MOVES[event.key];
    if (!move && event.key !== ' ') return;
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
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          last.current = pointOf(event);
          stroke(last.current, last.current);
        }}
        onPointerMove={(event) => {
          if (!last.current) return;
          const to = pointOf(event);
          stroke(last.current, to);
          last.current = to;
        }}
        onPointerUp={() => {
          last.current = undefined;
        }}
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
