/** Lets one loop wait until something has happened. */
export interface WakeUp {
  readonly wake: () => void;
  /** Resolves at the next `wake`, or at once if there was one since the last call. */
  next(): Promise<void>;
}

export function wakeUp(): WakeUp {
  let woken = false;
  let resolve: () => void = () => undefined;
  return {
    wake: () => {
      woken = true;
      resolve();
    },
    next: async () => {
      if (!woken) await new Promise<void>((wake) => (resolve = wake));
      woken = false;
    },
  };
}
