import { plain, plainMessage } from '../../runtime/plain';

// All that the program prints goes out here, so that no name or path commands the terminal.

/** Lines on standard output. */
export function print(text: string): void {
  process.stdout.write(`${plain(text)}\n`);
}

/** Lines of our own on standard error. */
export function note(text: string): void {
  process.stderr.write(`${plain(text)}\n`);
}

/** Gives a terminal its cursor back, which bars hide. */
export function showCursor(): void {
  if (process.stderr.isTTY) process.stderr.write('\u001b[?25h');
}

/** Empties a terminal, for a page that is printed anew. */
export function clearScreen(): void {
  if (process.stdout.isTTY) process.stdout.write('\u001b[H\u001b[2J');
}

/** What went wrong, in one line of standard error. */
export const complain = (message: string): void => note(`taskgrad: ${plainMessage(message)}`);
