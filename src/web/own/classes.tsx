import { useId, useRef, useState } from 'preact/hooks';
import { Button, Segments } from '../parts';
import { count } from '../words';
import { Camera } from './camera';
import { countOf, joined, MOST, problemsOf, withoutClass, withPictures } from './collection';
import { type Read, read } from './decode';
import { Drawer } from './drawer';
import { type ClassFile, chosenFiles, droppedFiles } from './files';
import type { Collection, OwnClass, Picture, Seen } from './protocol';
import { Thumbnails } from './thumbnails';

const SEEN = [
  { value: 'grey', text: 'Grey, like MNIST' },
  { value: 'inverted', text: 'Grey, inverted' },
  { value: 'colour', text: 'Colour' },
] as const;

/** Files that were passed over are named, up to so many. */
const MOST_NAMED = 8;

/** Where a person's classes come from: files, drawings, the camera. */
export function Classes({
  collection,
  change,
  seen,
  setSeen,
  isDark,
  onLook,
}: {
  collection: Collection;
  change: (next: (before: Collection) => Collection) => void;
  seen: Seen;
  setSeen: (seen: Seen) => void;
  isDark: boolean;
  onLook: (picture: Picture) => void;
}) {
  const [name, setName] = useState('first');
  const [said, setSaid] = useState('');
  const [isOver, setIsOver] = useState(false);
  const folder = useRef<HTMLInputElement | null>(null);
  const files = useRef<HTMLInputElement>(null);
  const id = useId();
  const className = name.trim() || 'unnamed';
  const add = (pictures: readonly Picture[]) => change((before) => withPictures(before, className, pictures));
  const take = async (found: readonly ClassFile[]) => {
    setSaid(`Reading ${count(found.length)} files …`);
    const outcome = await read(found, Math.max(0, MOST - countOf(collection)));
    change((before) => joined(before, outcome.collection));
    setSaid(spoken(outcome));
  };
  const choose = (input: HTMLInputElement) => {
    void take(chosenFiles(Array.from(input.files ?? []), className));
    input.value = ''; // the same files may be chosen again
  };
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the buttons in it do the same for keyboards */}
      <div
        class={isOver ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setIsOver(false);
          if (event.dataTransfer) void droppedFiles(event.dataTransfer.items, className).then(take);
        }}
      >
        <p>Drop a folder with a folder for each class, or pictures of the class named below.</p>
        <div class="buttons">
          <Button onClick={() => folder.current?.click()}>Choose a folder</Button>
          <Button onClick={() => files.current?.click()}>{`Choose pictures of “${className}”`}</Button>
        </div>
        <input
          ref={(input) => {
            folder.current = input;
            if (input) input.webkitdirectory = true; // which the types of Preact lack
          }}
          hidden
          type="file"
          multiple
          aria-label="Folder of pictures"
          onChange={({ currentTarget }) => choose(currentTarget)}
        />
        <input
          ref={files}
          hidden
          type="file"
          multiple
          accept="image/*"
          aria-label="Pictures"
          onChange={({ currentTarget }) => choose(currentTarget)}
        />
      </div>
      <p class="read" aria-live="polite">
        {said}
      </p>
      <div class="fields">
        <div class="field">
          <label for={id}>Class for drawings, camera and loose files</label>
          <input
            id={id}
            value={name}
            maxLength={40}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </div>
        <Segments label="Seen as" value={seen} options={SEEN} onChange={setSeen} />
      </div>
      <div class="sources">
        <Drawer
          className={className}
          isDark={isDark}
          onPicture={(picture) => add([picture])}
          onLook={onLook}
        />
        <Camera className={className} onPictures={add} onLook={onLook} />
      </div>
      <ul class="classes" aria-label="Classes">
        {collection.map((one) => (
          <ClassRow
            key={one.name}
            one={one}
            seen={seen}
            drop={() => change((before) => withoutClass(before, one.name))}
          />
        ))}
      </ul>
      {countOf(collection) > 0 && (
        <ul class="problems" aria-label="What is lacking">
          {problemsOf(collection).map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function ClassRow({ one, seen, drop }: { one: OwnClass; seen: Seen; drop: () => void }) {
  const { name, pictures } = one;
  return (
    <li>
      <b>{name}</b>{' '}
      <span class="aside">{pictures.length === 1 ? '1 picture' : `${count(pictures.length)} pictures`}</span>
      <Thumbnails pictures={pictures} seen={seen} name={name} />
      <Button label={`Remove the class ${name}`} onClick={drop}>
        Remove
      </Button>
    </li>
  );
}

function spoken({ added, refused, left }: Read): string {
  const sentences = [`${count(added)} pictures were read.`];
  if (refused.length > 0) {
    const named = refused.slice(0, MOST_NAMED).join(', ');
    const more = refused.length > MOST_NAMED ? ` and ${refused.length - MOST_NAMED} more` : '';
    sentences.push(`Passed over, since they are no pictures: ${named}${more}.`);
  }
  if (left > 0) sentences.push(`${count(left)} files were left out: the page holds no more pictures.`);
  return sentences.join(' ');
}
