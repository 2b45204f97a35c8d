import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Placement } from '../mds';
import { type Camera, homeFor, project, turned, viewProjection, zoomed } from './camera';
import { type At, Gestures } from './gestures';
import { LABEL_HEIGHT, placeLabels } from './labels';
import { MapRenderer } from './renderer';
import { fitted, scaleOf, sceneOf } from './scene';

const TURN_PER_PIXEL = 0.008;
const TURN_PER_KEY = 0.12;
const ZOOM_PER_KEY = 0.88;
/** How near a pointer has to come to a ball. */
const PICK_PIXELS: Readonly<Record<string, number>> = { mouse: 26, pen: 26, touch: 40 };
/** Of a name's letter, and of its ends, before the browser has told the width. */
const LETTER = 7;
const ENDS = 16;

const KEYS: Readonly<Record<string, (camera: Camera) => Camera | undefined>> = {
  ArrowLeft: (camera) => turned(camera, -TURN_PER_KEY, 0),
  ArrowRight: (camera) => turned(camera, TURN_PER_KEY, 0),
  ArrowUp: (camera) => turned(camera, 0, TURN_PER_KEY),
  ArrowDown: (camera) => turned(camera, 0, -TURN_PER_KEY),
  '+': (camera) => zoomed(camera, ZOOM_PER_KEY),
  '-': (camera) => zoomed(camera, 1 / ZOOM_PER_KEY),
  Home: () => undefined,
};

/**
 * Tasks in space: drag, one finger or arrow keys turn; wheel, two fingers or + and − go nearer or away; hovering or a
 * tap names one.
 */
export function MapView({
  placement,
  names,
  closest,
  blur,
  chosen,
  onChoose,
  isDark,
}: {
  placement: Placement;
  names: readonly string[];
  /** For each task the one that is closest to it. */
  closest: readonly number[];
  /** For each task how uncertain its place is, in the unit of the distances. */
  blur: readonly number[] | undefined;
  chosen: number | undefined;
  onChoose: (index: number | undefined) => void;
  isDark: boolean;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const renderer = useRef<MapRenderer | undefined>(undefined);
  const gestures = useRef(new Gestures());
  /** As a person has turned it; none before. */
  const [own, setOwn] = useState<Camera | undefined>(undefined);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [opened, setOpened] = useState<'waiting' | 'yes' | 'no'>('waiting');
  const [losses, setLosses] = useState(0);
  const labels = useRef<(HTMLElement | null)[]>([]);
  const [widths, setWidths] = useState<readonly number[]>(() =>
    names.map((name) => LETTER * name.length + ENDS),
  );
  const places = fitted(placement);
  const aspect = size.width / Math.max(1, size.height);
  const camera = own ?? homeFor(places, aspect || 1);
  /** What happens between two renders adds up. */
  const newest = useRef(camera);
  newest.current = camera;
  const look = (change: (camera: Camera) => Camera | undefined) => {
    const next = change(newest.current);
    newest.current = next ?? homeFor(places, aspect || 1);
    setOwn(next);
  };
  const wheel = useRef(look);
  wheel.current = look;

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
    const turnWheel = (event: WheelEvent) => {
      event.preventDefault();
      wheel.current((camera) => zoomed(camera, Math.exp(event.deltaY * 0.001)));
    };
    current.addEventListener('wheel', turnWheel, { passive: false });
    const redraw = () => setSize((size) => ({ ...size }));
    current.addEventListener('contextrestored', redraw);
    return () => {
      observer.disconnect();
      current.removeEventListener('wheel', turnWheel);
      current.removeEventListener('contextrestored', redraw);
    };
  }, []);

  // the theme changes the colours of the scene
  useEffect(() => {
    if (opened !== 'yes' || size.width === 0) return;
    const blobs = blur?.map((radius) => radius * scaleOf(placement));
    const frame = requestAnimationFrame(() => {
      // A device that is lost on the way says so by itself.
      renderer.current
        ?.draw({ camera, ...sceneOf(places, { chosen, closest, blobs }) })
        .catch(() => undefined);
    });
    return () => cancelAnimationFrame(frame);
  }, [own, size, opened, placement, closest, blur, chosen, isDark]);

  // Names are as wide as the browser makes them.
  useLayoutEffect(() => {
    const found = names.map((_, i) => labels.current[i]?.offsetWidth || widths[i]);
    if (found.some((width, i) => width !== widths[i])) setWidths(found);
  });

  const matrix = viewProjection(camera, aspect || 1);
  const seen = places.map((place) => {
    const { x, y, depth } = project(matrix, place);
    return { x: x * size.width, y: y * size.height, depth };
  });
  const corners = placeLabels(seen, widths, size);
  const inMap = ({ clientX, clientY, currentTarget }: PointerEvent): At => {
    const { left, top } = (currentTarget as HTMLElement).getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  /** The task whose ball or name is there, the nearest ball first. */
  const taskAt = ({ x, y }: At, pointerType: string): number | undefined => {
    const near = seen
      .map((ball, index) => ({ index, away: Math.hypot(ball.x - x, ball.y - y) }))
      .filter(({ away }) => away < (PICK_PIXELS[pointerType] ?? PICK_PIXELS.mouse))
      .sort((a, b) => a.away - b.away);
    if (near.length > 0) return near[0].index;
    const named = corners.findIndex(
      ({ left, top }, i) => x >= left && x <= left + widths[i] && y >= top && y <= top + LABEL_HEIGHT,
    );
    return named < 0 ? undefined : named;
  };
  const move = (event: PointerEvent) => {
    const at = inMap(event);
    const motion = gestures.current.move(event.pointerId, at);
    if (motion) {
      const { right, down, zoom } = motion;
      look((camera) => zoomed(turned(camera, -right * TURN_PER_PIXEL, down * TURN_PER_PIXEL), zoom));
    } else if (event.pointerType === 'mouse') onChoose(taskAt(at, 'mouse'));
  };
  const release = (event: PointerEvent) => {
    const tapped = gestures.current.release(event.pointerId);
    if (tapped) onChoose(taskAt(tapped, event.pointerType));
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
        look(act);
      }}
    >
      <canvas
        ref={canvas}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          gestures.current.press(event.pointerId, inMap(event));
        }}
        onPointerMove={move}
        onPointerUp={release}
        onPointerCancel={({ pointerId }) => gestures.current.cancel(pointerId)}
        onPointerLeave={({ pointerType }) => pointerType === 'mouse' && onChoose(undefined)}
      />
      {opened === 'no' && (
        <p class="over">Without WebGPU there is no map to see; the table has its distances.</p>
      )}
      {opened === 'yes' &&
        seen.map(({ depth }, i) => (
          <span
            key={names[i]}
            ref={(element) => {
              labels.current[i] = element;
            }}
            aria-hidden="true"
            class={i === chosen ? 'name chosen' : 'name'}
            style={{
              transform: `translate(${corners[i].left}px, ${corners[i].top}px)`,
              zIndex: Math.round(100 - depth * 5),
            }}
          >
            {names[i]}
          </span>
        ))}
    </div>
  );
}
