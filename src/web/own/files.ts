/** A file, and the class that it is of: the name of its folder. */
export interface ClassFile {
  readonly className: string;
  readonly file: File;
}

/** What was dropped, folders and all. `loose` is the class of files that come without a folder. */
export async function droppedFiles(items: DataTransferItemList, loose: string): Promise<ClassFile[]> {
  // All entries at once: after the first wait the list is empty.
  const dropped = Array.from(items, (item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found = await Promise.all(
    dropped.map(({ entry, file }) => {
      if (entry) return filesIn(entry, loose);
      return file ? [{ className: loose, file }] : [];
    }),
  );
  return found.flat();
}

/** What was chosen in a dialog. */
export function chosenFiles(files: Iterable<File>, loose: string): ClassFile[] {
  return Array.from(files, (file) => {
    const folders = file.webkitRelativePath.split('/').slice(0, -1);
    return { className: folders.at(-1) ?? loose, file };
  });
}

async function filesIn(entry: FileSystemEntry, className: string): Promise<ClassFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ className, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: ClassFile[] = [];
  for (;;) {
    // A folder is read a hundred entries at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    for (const one of some) found.push(...(await filesIn(one, entry.name)));
  }
}
