import { useEffect, useRef } from 'preact/hooks';

export type Rgb = readonly [red: number, green: number, blue: number];

/** Blue for below zero, nothing at zero, orange above. `value` is from −1 to 1. */
export function diverging(value: number, isDark: boolean): Rgb {
  const zero: Rgb = isDark ? [28, 34, 41] : [247, 248, 250];
  const end: Rgb = value < 0 ? [0, 114, 178] : [213, 94, 0];
  return blend(zero, end, Math.min(1, Math.abs(value)));
}

const LIGHT_RAMP: readonly Rgb[] = [
  [242, 246, 251],
  [127, 176, 218],
  [13, 74, 134],
  [4, 26, 56],
];
const DARK_RAMP: readonly Rgb[] = [
  [24, 31, 39],
  [22, 72, 120],
  [86, 168, 232],
  [236, 246, 255],
];

/** From the page's ground to its opposite by way of blue. `share` is from 0 to 1. */
export function sequential(share: number, isDark: boolean): Rgb {
  const ramp = isDark ? DARK_RAMP : LIGHT_RAMP;
  const at = Math.min(1, Math.max(0, share)) * (ramp.length - 1);
  const low = Math.min(ramp.length - 2, Math.floor(at));
  return blend(ramp[low], ramp[low + 1], at - low);
}

export const css = ([red, green, blue]: Rgb): string =>
  `rgb(${Math.round(red)} ${Math.round(green)} ${Math.round(blue)})`;

/** Black or white, whichever is easier to read on a colour (its luminance by WCAG 2). */
export function inkOn(colour: Rgb): string {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? '#000' : '#fff';
}

function blend(from: Rgb, to: Rgb, share: number): Rgb {
  const [red, green, blue] = from.map((value, i) => value + (to[i] - value) * share);
  return [red, green, blue];
}

/** A picture of one square a value, as large as its style says. */
export function Pixels({
  rows,
  columns,
  of,
  isDark,
  colour,
  label,
  className,
}: {
  rows: number;
  columns: number;
  /** What is drawn: anew when it is another object, or the theme changes, and not at each report. */
  of: object | undefined;
  isDark: boolean;
  /** Colour of value number i, row by row. */
  colour: (i: number) => Rgb;
  label: string;
  className?: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const image = context.createImageData(columns, rows);
    for (let i = 0; i < rows * columns; i++) image.data.set([...colour(i), 255], 4 * i);
    context.putImageData(image, 0, 0);
  }, [of, isDark, rows, columns]);
  return (
    <canvas
      ref={canvas}
      class={`pixels ${className ?? ''}`}
      width={columns}
      height={rows}
      role="img"
      aria-label={label}
    />
  );
}
