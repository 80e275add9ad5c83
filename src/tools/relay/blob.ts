import { type BlobBytes, memoryBytes, passingBytes } from './blob-bytes.js';
import type { Parts } from './parts.js';
import type { FetchEnd, RelayObserver } from './relay.js';

/** Somebody who asked for a blob. */
export interface Reader {
  /** It has got nothing yet. */
  readonly isWaiting: boolean;
  /** The first byte that it wants. */
  readonly from: number;
  /** What has come of the blob is wrong, or no more comes. */
  cut(): void;
}

/** A blob on its way. What is here of it can be read at any time; who reads waits for the rest. */
export interface RelayBlob {
  readonly digest: string;
  /** Registries with an image that has it. */
  readonly registries: Set<string>;
  /** In bytes; null as long as nobody knows. */
  readonly size: number | null;
  readonly received: number;
  readonly isComplete: boolean;
  readonly isFetching: boolean;
  /** Bytes of the fetch that goes on have come: podman can be told that it gets the blob. */
  readonly isFlowing: boolean;
  readonly isRefused: boolean;
  readonly bytes: BlobBytes | undefined;
  /** What a manifest says. Where two do not agree, nobody knows. */
  announce(size: number | null): void;
  /** What a registry says, where no manifest does. */
  learn(size: number): void;
  /** Finds out whether all of it was kept by an earlier run. */
  look(): void;

  join(reader: Reader): void;
  leave(reader: Reader): void;
  /** Whether it is this reader's turn: of what passes through memory, one is served at a time. */
  isTurnOf(reader: Reader): boolean;
  /** The next change of anything. */
  changed(): Promise<void>;

  /**
   * A fetch begins, and no other is under way. `stop` is called when somebody else ends it, `onRoom` when less waits for being written or taken.
   *
   * @throws the error of the system call that opened its file
   */
  begin(isKept: boolean, stop: (end: FetchEnd) => void, onRoom: () => void): Fetching;
  refuse(): void;
  discard(): void;
  release(): void;
  /** The fetch and all readers end. */
  close(): Promise<void>;
}

/** A fetch under way. It does nothing any longer once it has ended or was stopped. */
export interface Fetching {
  readonly bytes: BlobBytes;
  append(chunk: Buffer): void;
  /** All has come. Resolves once it is written, or its reader has taken what passes through memory. */
  settled(): Promise<void>;
  end(isComplete: boolean): void;
}

/** Where the bytes of blobs are kept. */
export interface Place {
  readonly parts: Parts;
  /** Whether there is room in memory; then it is taken. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
  /** Those of an earlier run are used. */
  onKept(bytes: number): void;
  /** Whether somebody else will want it: it goes to a file, and stays there. */
  isHeld(digest: string): boolean;
}

/** Larger ones go to files. */
const smallBytes = 1024 * 1024;
/** Smaller ones are fetched again after a power cut. */
export const worthFlushingBytes = 8 * 1024 * 1024;

export function newBlob(digest: string, place: Place, observer: Pick<RelayObserver, 'onAsked'>): RelayBlob {
  const { parts } = place;
  const readers = new Set<Reader>();
  const registries = new Set<string>();
  let waiters: (() => void)[] = [];
  let announced: number | null = null;
  let isDisputed = false;
  let learnt: number | null = null;
  let bytes: BlobBytes | undefined;
  let isComplete = false;
  let isPassing = false;
  let isFlowing = false;
  let isRefused = false;
  let isReleased = false;
  let isKeptTold = false;
  let isClosed = false;
  let fetching: { readonly stop: (end: FetchEnd) => void; readonly onRoom: () => void } | undefined;

  const size = () => announced ?? learnt;
  const onRoom = () => fetching?.onRoom();

  function wake(): void {
    const woken = waiters;
    waiters = [];
    for (const each of woken) each();
  }

  function changed(): Promise<void> {
    return new Promise((resolve) => waiters.push(resolve));
  }

  function openPart(): BlobBytes {
    const total = size();
    const part = parts.open(digest, total === null || total >= worthFlushingBytes, () => {
      onRoom();
      wake();
    });
    if (part.end > 0 && !isKeptTold) place.onKept(part.end);
    isKeptTold = true;
    return part;
  }

  /** What is there already, or what is to be filled. */
  function opened(isKept: boolean): BlobBytes {
    if (bytes !== undefined) return bytes;
    const total = size();
    if (total !== null && parts.kept(digest) > total) parts.remove(digest);
    const kept = parts.kept(digest);
    const isHeld = place.isHeld(digest);
    if (!isHeld && kept === 0 && total !== null && total < smallBytes && place.take(total)) {
      return memoryBytes(() => place.giveBack(total));
    }
    if (isHeld || isKept || (kept > 0 && kept === total)) return openPart();
    isPassing = true;
    return passingBytes(kept > 0 ? openPart() : undefined, () => {
      onRoom();
      // The fetch ends once all has been taken.
      if (isAllTaken()) wake();
    });
  }

  function isAllTaken(): boolean {
    return bytes !== undefined && bytes.waiting === 0 && bytes.end === size();
  }

  /** Nothing is here any longer, but for what is kept. */
  function forget(): void {
    void bytes?.close();
    bytes = undefined;
    isComplete = isPassing = isFlowing = isReleased = false;
  }

  function stop(end: FetchEnd): void {
    const stopped = fetching;
    fetching = undefined;
    isFlowing = false;
    stopped?.stop(end);
  }

  /** Those who come after the one reader of what has passed. */
  function askAgain(): void {
    if (!isClosed && [...readers].some(({ isWaiting }) => isWaiting)) observer.onAsked(digest);
  }

  return {
    digest,
    registries,
    get size() {
      return size();
    },
    get received() {
      return bytes?.end ?? parts.kept(digest);
    },
    get isComplete() {
      return isComplete;
    },
    get isFetching() {
      return fetching !== undefined;
    },
    get isFlowing() {
      return isFlowing;
    },
    get isRefused() {
      return isRefused;
    },
    get bytes() {
      return bytes;
    },
    announce: (said) => {
      if (said === null || isDisputed) return;
      isDisputed = announced !== null && announced !== said;
      announced = isDisputed ? null : said;
    },
    learn: (said) => {
      learnt = said;
      wake();
    },
    look: () => {
      const total = size();
      if (bytes !== undefined || total === null || total === 0 || parts.kept(digest) !== total) return;
      try {
        bytes = openPart();
        isComplete = bytes.end === total;
      } catch {
        // Whoever fetches it will see why.
      }
    },
    join: (reader) => {
      readers.add(reader);
    },
    leave: (reader) => {
      const [first] = readers;
      readers.delete(reader);
      if (isPassing && first === reader && bytes !== undefined && bytes.start > 0 && !isAllTaken()) {
        // What has gone to one reader is not here for the next.
        stop(readerHasGone);
        forget();
        askAgain();
      } else if (isReleased && readers.size === 0 && fetching === undefined) forget();
      wake();
    },
    isTurnOf: (reader) => !isPassing || ([...readers][0] === reader && (bytes?.start ?? 0) <= reader.from),
    changed,
    begin: (isKept, stopped, hasRoom) => {
      isRefused = false;
      const into = opened(isKept);
      bytes = into;
      const mine = { stop: stopped, onRoom: hasRoom };
      fetching = mine;
      return {
        bytes: into,
        append: (chunk) => {
          if (fetching !== mine) return;
          into.append(chunk);
          // Of what is written first, whoever reads hears when it is.
          if (!isFlowing || into.readable === into.end) {
            isFlowing = true;
            wake();
          }
        },
        settled: async () => {
          if (fetching !== mine) return;
          // A fetch before this one may have brought the last byte, and its reader may come only now.
          isFlowing = true;
          wake();
          await into.settled();
          while (fetching === mine && isPassing && into.waiting > 0) await changed();
        },
        end: (isDone) => {
          if (fetching !== mine) return;
          fetching = undefined;
          isFlowing = false;
          isComplete = isDone && !isPassing;
          if (isDone && isPassing) {
            forget();
            askAgain();
          } else if (isReleased && readers.size === 0) forget();
          wake();
        },
      };
    },
    refuse: () => {
      isRefused = true;
      if (!isComplete) for (const reader of readers) reader.cut();
      wake();
    },
    discard: () => {
      stop({ kind: 'stopped' });
      for (const reader of readers) reader.cut();
      bytes?.remove();
      parts.remove(digest);
      forget();
      learnt = null;
      wake();
    },
    release: () => {
      if (!place.isHeld(digest)) {
        bytes?.remove();
        parts.remove(digest);
      }
      isReleased = true;
      if (readers.size === 0 && fetching === undefined) forget();
    },
    close: async () => {
      isClosed = true;
      stop({ kind: 'stopped' });
      for (const reader of readers) reader.cut();
      wake();
      await bytes?.close();
    },
  };
}

const readerHasGone: FetchEnd = {
  kind: 'failed',
  failure: { code: 'interrupted', kind: 'transient', message: 'podman has stopped reading', hint: null },
  waitMs: null,
  isGone: false,
};
