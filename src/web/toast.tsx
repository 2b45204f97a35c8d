import { useEffect, useState } from 'preact/hooks';

const SHOWN_MS = 12_000;

/** A message that goes away by itself, but not while it is pointed at, or tells of what is not over yet. */
export function Toast({ text, onDismiss }: { text: string; onDismiss: () => void }) {
  const [isHeld, hold] = useState(false);
  useEffect(() => {
    if (isHeld || text.endsWith('…')) return;
    const timer = setTimeout(onDismiss, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [text, isHeld]);
  return (
    <div
      class="toast"
      role="status"
      onPointerEnter={() => hold(true)}
      onPointerLeave={() => hold(false)}
      onFocusIn={() => hold(true)}
      onFocusOut={() => hold(false)}
    >
      <p>{text}</p>
      <button type="button" class="dismiss" onClick={onDismiss}>
        Dismiss
      </button>
    </div>
  );
}
