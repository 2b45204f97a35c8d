/** What writers of WGSL share. Regions of a shader are written as lines, by strings that these help to make. */

/** 0, 1, ..., count − 1. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Names of the four elements of a vec4. */
export const LANES_OF_VEC4: readonly string[] = ['x', 'y', 'z', 'w'];

/** The elements of an f32 buffer: four at once, or one. */
export const f32Element = (wide: boolean): string => (wide ? 'vec4<f32>' : 'f32');

/** The declaration of a storage buffer in group 0. */
export const storage = (
  binding: number,
  access: 'read' | 'read_write',
  name: string,
  element: string,
): string => `@group(0) @binding(${binding}) var<storage, ${access}> ${name}: array<${element}>;`;

/** A constant of type u32. */
export const constant = (name: string, value: number): string => `const ${name} = ${value}u;`;

/** What is at a place of a buffer of quads, or of the texture it is shown as, whose kernel imports `texel`. */
export const quad = (name: string, place: string, texels: boolean): string =>
  texels ? `textureLoad(${name}, texel(${place}))` : `${name}[${place}]`;

/** What is at a place of the strips that a buffer is shown as, in a kernel that imports `texel`. */
export const quadOfStrips = (name: string, place: string): string => {
  const at = `texel_of_strips(${place})`;
  return `textureLoad(${name}, ${at}.xy, ${at}.z)`;
};

/** Lines for i from 0 to count − 1. */
export const inTurn = (count: number, lines: readonly string[]): string =>
  [`for (var i = 0u; i < ${count}u; i++) {`, ...lines, '}'].join('\n');

/** Lines about each sum, a vec4, which they call `sum`, the i-th one: less to compile than lines for each. */
export const sumsInTurn = (sums: readonly string[], lines: readonly string[]): string =>
  `var sums = array<vec4<f32>, ${sums.length}>(${sums.join(', ')});
${inTurn(sums.length, ['let sum = sums[i];', ...lines])}`;

/** Sums that a turn of `selectedInTurn` may be about, else it is about one: each is selected from a share of all. */
const TOGETHER = [4, 3, 2];

/**
 * The same about sums of any type, the first of them: as many as `count` says in WGSL, and up to three more. Mesa would write
 * out a loop whose end it knows or that indexes an array: the stores of 16 rows were three fifths of a product's code.
 */
export function selectedInTurn(sums: readonly string[], count: string, lines: readonly string[]): string {
  const together = TOGETHER.find((divisor) => sums.length % divisor === 0) ?? 1;
  const turns = range(sums.length / together);
  const about = (j: number) => [
    `{ let i = first_sum + ${j}u;`,
    `var sum = whole${j};`,
    ...turns
      .slice(1)
      .map((turn) => `sum = select(sum, whole${turn * together + j}, first_sum == ${turn * together}u);`),
    ...lines,
    '}',
  ];
  return [
    ...sums.map((sum, i) => `let whole${i} = ${sum};`),
    `for (var first_sum = 0u; first_sum < min(${count}, ${sums.length}u); first_sum += ${together}u) {`,
    ...range(together).flatMap(about),
    '}',
  ].join('\n');
}

/** The declaration of a buffer that the runtime shows as a texture of quads, or as strips: see `pictures.ts`. */
export const texture = (binding: number, name: string, strips = false): string =>
  `@group(0) @binding(${binding}) var ${name}: texture_storage_2d${strips ? '_array' : ''}<rgba32float, read>;`;
