import { useEffect } from 'preact/hooks';
import type { Send } from '../connection';
import type { PageState } from '../store';

/** Has the engine keep what is collected, once it has told what it kept before. */
export function useKeeping({ own: { collected, kept }, images }: PageState, send: Send): void {
  const isOpen = images !== undefined;
  useEffect(() => {
    if (isOpen && collected && collected !== kept) send({ type: 'own', ask: { type: 'keep', collected } });
  }, [isOpen, collected]);
}
