import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { AskButton } from './ask';

/** Asks for files of this machine, and before, where they displace something. */
export function FileButton({
  children,
  accept,
  multiple,
  disabled,
  question,
  yes = 'Choose a file',
  onFiles,
}: {
  children: ComponentChildren;
  accept: string;
  multiple?: boolean;
  disabled?: boolean;
  /** What is thrown away by it, if anything. */
  question?: string;
  yes?: string;
  onFiles: (files: readonly File[]) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <AskButton
        disabled={disabled}
        isAsked={question !== undefined}
        question={question ?? ''}
        yes={yes}
        onYes={() => input.current?.click()}
      >
        {children}
      </AskButton>
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
