import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../parts';
import { pictureOf } from './decode';
import type { Picture } from './protocol';

const SIZE = { width: 320, height: 240 };
/** Pictures of a series, and the time between two. */
const SERIES = 10;
const PAUSE_MS = 150;
/** Of a frame. */
const MOST_TRIES = 10;
/** Time between two looks of the network. */
const LOOK_MS = 400;

/** The camera: takes pictures of a class, and shows what comes to a network that names them. */
export function Camera({
  className,
  onPictures,
  onLook,
}: {
  /** Of what pictures are taken. */
  className: string;
  onPictures: (pictures: Picture[]) => void;
  /** Given what the camera sees, again and again while it is on. */
  onLook: (picture: Picture) => void;
}) {
  const video = useRef<HTMLVideoElement>(null);
  const [stream, setStream] = useState<MediaStream | undefined>(undefined);
  const [problem, setProblem] = useState('');
  const look = useRef(onLook);
  look.current = onLook;

  useEffect(() => {
    const { current } = video;
    if (!stream || !current) return;
    current.srcObject = stream;
    const timer = setInterval(async () => {
      if (current.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
      const seen = await pictureOf(current).catch(() => undefined); // there is another look soon
      if (seen) look.current(seen);
    }, LOOK_MS);
    return () => {
      clearInterval(timer);
      for (const track of stream.getTracks()) track.stop();
    };
  }, [stream]);

  const open = async () => {
    setProblem('');
    try {
      setStream(await navigator.mediaDevices.getUserMedia({ video: SIZE }));
    } catch (error) {
      setProblem(wordsFor(error));
    }
  };
  const take = async (count: number) => {
    const pictures: Picture[] = [];
    setProblem('');
    try {
      for (let i = 0; i < count && video.current; i++) {
        pictures.push(await frameOf(video.current));
        if (i + 1 < count) await pause();
      }
    } catch (error) {
      setProblem(wordsFor(error));
    }
    onPictures(pictures);
  };
  return (
    <div class="camera">
      <div class="frame">
        <video
          ref={video}
          autoplay
          muted
          playsInline
          width={SIZE.width}
          height={SIZE.height}
          aria-label="What the camera sees"
        />
      </div>
      <div class="buttons">
        {stream ? (
          <>
            <Button onClick={() => void take(1)}>{`Take a picture of “${className}”`}</Button>
            <Button onClick={() => void take(SERIES)}>{`Take ${SERIES}`}</Button>
            <Button onClick={() => setStream(undefined)}>Stop the camera</Button>
          </>
        ) : (
          <Button onClick={() => void open()}>Use the camera</Button>
        )}
      </div>
      {problem && <p role="alert">{problem}</p>}
    </div>
  );
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

/**
 * What a camera sees. One that has just been opened shows nothing yet, and where memory is short a frame may be lost: then the
 * next one is taken.
 */
async function frameOf(video: HTMLVideoElement): Promise<Picture> {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
    await new Promise((resolve) => video.addEventListener('loadeddata', resolve, { once: true }));
  }
  for (let tries = 1; ; tries++) {
    try {
      return await pictureOf(video);
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
      await pause();
    }
  }
}

function wordsFor(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError')
    return 'The browser does not let this page use the camera. Allow it beside the page’s address, then try again.';
  if (name === 'NotFoundError') return 'There is no camera. Files and drawings make pictures, too.';
  if (name === 'NotReadableError') return 'Another program uses the camera. Close it, then try again.';
  return `No picture comes from the camera (${String(error)}). Files and drawings make pictures, too.`;
}
