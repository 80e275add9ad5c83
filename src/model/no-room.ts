import type { Failure } from './failure.js';

type Advice = Required<Pick<Failure, 'hint' | 'reason'>>;

/** What to do where the file system of a store is full, or will be; what was pulled for nothing goes first. */
export const noRoomInStore: Advice = {
  hint: 'make room: prune what no deployment binds any more, then unused images with podman image prune',
  reason: { kind: 'no-room' },
};

/** The same where it may be that of the temporary files, too. */
export const noRoomAnywhere: Advice = {
  hint: `${noRoomInStore.hint}; if temporary files fill the disk, set TMPDIR to a directory with room`,
  reason: { kind: 'no-room-anywhere' },
};
