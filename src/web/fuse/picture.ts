/** How much larger than its own size a picture is drawn. */
const SCALE = 2;

/** An SVG as PNG, drawn by the browser. @throws Error where it cannot draw it */
export async function pngOf(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const size = { width: SCALE * image.naturalWidth, height: SCALE * image.naturalHeight };
  const canvas = Object.assign(document.createElement('canvas'), size);
  canvas.getContext('2d')?.drawImage(image, 0, 0, size.width, size.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('the browser makes no PNG of the picture');
  return blob;
}
