import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { Button } from './parts';

/** Asks for files of this machine. */
export function FileButton({
  children,
  accept,
  multiple,
  disabled,
  onFiles,
}: {
  children: ComponentChildren;
  accept: string;
  multiple?: boolean;
  disabled?: boolean;
  onFiles: (files: readonly File[]) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button disabled={disabled} onClick={() => input.current?.click()}>
        {children}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        multiple={multiple}
        onChange={({ currentTarget }) => {
          const files = Array.from(currentTarget.files ?? []);
          currentTarget.value = ''; // so that the same file can be chosen again
          if (files.length > 0) onFiles(files);
        }}
      />
    </>
  );
}
