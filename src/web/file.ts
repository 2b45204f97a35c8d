import { useEffect } from 'preact/hooks';
import { download } from './download';
import type { FileOut } from './protocol';

/** Hands each file of the engine to the browser's downloads, once. */
export function useDownload(file: FileOut | undefined): void {
  useEffect(() => {
    if (file) download(file.name, file.type, file.bytes);
  }, [file]);
}
