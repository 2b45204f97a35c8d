import { useEffect, useRef, useState } from 'preact/hooks';
import type { Placement } from '../mds';
import { type Camera, HOME, project, turned, viewProjection, zoomed } from './camera';
import { MapRenderer } from './renderer';
import { fitted, sceneOf } from './scene';

const TURN_PER_PIXEL = 0.008;
const TURN_PER_KEY = 0.12;
const ZOOM_PER_KEY = 0.88;
const PICK_PIXELS = 26;
/** Room for a name before the right edge. */
const NAME_ROOM = 110;

const KEYS: Readonly<Record<string, (camera: Camera) => Camera>> = {
  ArrowLeft: (camera) => turned(camera, -TURN_PER_KEY, 0),
  ArrowRight: (camera) => turned(camera, TURN_PER_KEY, 0),
  ArrowUp: (camera) => turned(camera, 0, TURN_PER_KEY),
  ArrowDown: (camera) => turned(camera, 0, -TURN_PER_KEY),
  '+': (camera) => zoomed(camera, ZOOM_PER_KEY),
  '-': (camera) => zoomed(camera, 1 / ZOOM_PER_KEY),
  Home: () => HOME,
};

/** Tasks in space: drag or arrow keys turn, wheel or + and − go nearer or away; hovering names one. */
export function MapView({
  placement,
  names,
  chosen,
  onChoose,
  isDark,
}: {
  placement: Placement;
  names: readonly string[];
  chosen: number | undefined;
  onChoose: (index: number | undefined) => void;
  isDark: boolean;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const renderer = useRef<MapRenderer | undefined>(undefined);
  const [camera, setCamera] = useState(HOME);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [opened, setOpened] = useState<'waiting' | 'yes' | 'no'>('waiting');
  const [losses, setLosses] = useState(0);
  const places = fitted(placement);

  // a lost device asks for another
  useEffect(() => {
    const { current } = canvas;
    if (!current) return;
    let closed = false;
    setOpened('waiting'); // so that it is drawn again once there is another device
    MapRenderer.open(current, () => !closed && setLosses((count) => count + 1)).then(
      (made) => {
        if (closed) return made?.dispose();
        renderer.current = made;
        setOpened(made ? 'yes' : 'no');
      },
      () => setOpened('no'),
    );
    return () => {
      closed = true;
      renderer.current?.dispose();
      renderer.current = undefined;
    };
  }, [losses]);

  useEffect(() => {
    const { current } = canvas;
    if (!current) return;
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = current;
      current.width = Math.round(width * devicePixelRatio);
      current.height = Math.round(height * devicePixelRatio);
      setSize({ width, height });
    });
    observer.observe(current);
    // The page must not scroll while the wheel zooms, which only a listener that is not passive can say.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      setCamera((camera) => zoomed(camera, Math.exp(event.deltaY * 0.001)));
    };
    current.addEventListener('wheel', wheel, { passive: false });
    const redraw = () => setSize((size) => ({ ...size }));
    current.addEventListener('contextrestored', redraw);
    return () => {
      observer.disconnect();
      current.removeEventListener('wheel', wheel);
      current.removeEventListener('contextrestored', redraw);
    };
  }, []);

  // the theme changes the colours of the scene
  useEffect(() => {
    if (opened !== 'yes' || size.width === 0) return;
    const frame = requestAnimationFrame(() => {
      // A device that is lost on the way says so by itself.
      renderer.current?.draw({ camera, ...sceneOf(places, chosen) }).catch(() => undefined);
    });
    return () => cancelAnimationFrame(frame);
  }, [camera, size, opened, placement, chosen, isDark]);

  const matrix = viewProjection(camera, size.width / Math.max(1, size.height));
  const seen = places.map((place) => {
    const { x, y, depth } = project(matrix, place);
    return { x: x * size.width, y: y * size.height, depth };
  });
  const pick = (event: PointerEvent) => {
    const { left, top } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const near = seen
      .map(({ x, y }, index) => ({
        index,
        away: Math.hypot(x - event.clientX + left, y - event.clientY + top),
      }))
      .filter(({ away }) => away < PICK_PIXELS)
      .sort((a, b) => a.away - b.away);
    onChoose(near[0]?.index);
  };
  const move = (event: PointerEvent) => {
    if (event.buttons === 0) return pick(event);
    setCamera((camera) =>
      turned(camera, -event.movementX * TURN_PER_PIXEL, event.movementY * TURN_PER_PIXEL),
    );
  };
  return (
    <div
      class="map"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is worked by keyboard
      tabIndex={0}
      aria-label={`Map of ${names.length} tasks in three dimensions. Arrow keys turn it, plus and minus zoom, Home resets.`}
      onKeyDown={(event) => {
        const act = KEYS[event.key];
        if (!act) return;
        event.preventDefault();
        setCamera(act);
      }}
    >
      <canvas
        ref={canvas}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={move}
        onPointerLeave={() => onChoose(undefined)}
      />
      {opened === 'no' && (
        <p class="over">Without WebGPU there is no map to see; the table has its distances.</p>
      )}
      {opened === 'yes' &&
        seen.map(({ x, y, depth }, i) => (
          <span
            key={names[i]}
            aria-hidden="true"
            class={i === chosen ? 'name chosen' : 'name'}
            style={{
              transform: `translate(${Math.min(x, size.width - NAME_ROOM)}px, ${y}px)`,
              zIndex: Math.round(100 - depth * 5),
            }}
          >
            {names[i]}
          </span>
        ))}
    </div>
  );
}
