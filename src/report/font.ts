/** No family in quotes: the renderer of charts writes the list into an attribute as it stands. */
export const FONT = 'system-ui, Helvetica, Arial, sans-serif';
