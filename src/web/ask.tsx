import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { Button } from './parts';

/** A button for what cannot be taken back: it asks before. */
export function AskButton({
  children,
  question,
  yes,
  isAsked = true,
  primary,
  disabled,
  onYes,
}: {
  children: ComponentChildren;
  /** What is thrown away, and what else could be done. */
  question: string;
  /** What the button that does it says. */
  yes: string;
  /** False where nothing is thrown away: it is done at once. */
  isAsked?: boolean;
  primary?: boolean;
  disabled?: boolean;
  onYes: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const close = () => dialog.current?.close();
  return (
    <>
      <Button
        primary={primary}
        disabled={disabled}
        onClick={() => (isAsked ? dialog.current?.showModal() : onYes())}
      >
        {children}
      </Button>
      <dialog ref={dialog} class="ask" aria-labelledby={id}>
        <p id={id}>{question}</p>
        <div class="buttons">
          <Button onClick={close}>Cancel</Button>
          <Button
            primary
            onClick={() => {
              close();
              onYes();
            }}
          >
            {yes}
          </Button>
        </div>
      </dialog>
    </>
  );
}
