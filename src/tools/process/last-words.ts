/** As much of what a program has written to stderr is kept, in UTF-16 code units. */
const limit = 64 * 1024;

/** Where podman begins to say why it ends; a registry's part of it may be a megabyte long. */
const beginnings = /^Error: /gm;

/** Where the last complaint of podman begins in `text`, -1 if there is none. */
export function lastComplaint(text: string): number {
  return [...text.matchAll(beginnings)].at(-1)?.index ?? -1;
}

/**
 * The last part of a text, and the first part of its last complaint, which says what it is about, where both together
 * would be too much.
 */
export function lastWords(text: string): string {
  if (text.length <= limit) return text;
  const complaint = lastComplaint(text);
  if (complaint < 0 || text.length - complaint <= limit) return text.slice(-limit);
  return `${text.slice(complaint, complaint + limit / 2)}…${text.slice(1 - limit / 2)}`;
}
