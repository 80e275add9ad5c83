import type { Position } from '../../text/position.js';

/** A comment, where the character stands that begins it. */
export interface Comment extends Position {
  /** From that character to the end of the line. */
  readonly text: string;
  /** The lines that it is about: its own, where something stands before it; else the next that holds something. */
  readonly lines: readonly number[];
}
