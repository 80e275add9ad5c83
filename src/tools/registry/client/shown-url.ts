/** Where the end of a URL is cut off. */
const longest = 300;

/** A URL as a message may show it: without user information, and without its query, which may be a password. */
export function shownUrl({ protocol, host, pathname }: URL): string {
  const shown = `${protocol}//${host}${pathname}`;
  return shown.length > longest ? `${shown.slice(0, longest)}…` : shown;
}
