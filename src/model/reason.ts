/**
 * Which of the causes of one code it is, with what a sentence about it may name. A hint that comes with a reason says
 * in the words of the library what to do; whoever has other words for it, such as options of a command line, finds
 * them by the reason.
 */
export type Reason =
  | {
      readonly kind:
        | 'stalled'
        | 'time-limit'
        | 'beyond-rate-limit'
        | 'no-room'
        | 'no-room-anywhere'
        | 'payload-size'
        | 'list-in-store'
        | 'damaged-in-store'
        | 'unproved'
        | 'other-at-work'
        | 'no-deployments'
        | 'composefs'
        | 'not-ostree'
        | 'staged-incomplete'
        | 'staged-replaced'
        | 'directory-unknown'
        | 'state-directory'
        | 'store-directory'
        | 'receipts-directory';
    }
  /** Too little room, by an estimate; for temporary files alone, or in the store. */
  | { readonly kind: 'room-estimated'; readonly isTemporary: boolean }
  | {
      readonly kind: 'root-unusable';
      readonly root: 'new' | 'current';
      readonly path: string;
      readonly problem: string;
    }
  | { readonly kind: 'image-unusable'; readonly image: string; readonly problem: string }
  /** `currentRoot` where that is another than the running system's. */
  | { readonly kind: 'root-invalid'; readonly root: string; readonly currentRoot?: string | null }
  | { readonly kind: 'program-missing' | 'program-too-old'; readonly name: string }
  | { readonly kind: 'receipt-damaged'; readonly file: string };

/** To be spread into what is said of the same cause. */
export function reasonOf({ reason }: { readonly reason?: Reason | null }): { readonly reason?: Reason } {
  return reason === undefined || reason === null ? {} : { reason };
}
