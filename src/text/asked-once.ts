/**
 * `ask`, asked once: its answer is kept, and no failure. Who asks while it is being asked gets the same answer; where it
 * was stopped by the signal of another asker, it is asked anew.
 */
export function askedOnce<T>(
  ask: (signal: AbortSignal | undefined) => Promise<T>,
): (signal?: AbortSignal) => Promise<T> {
  interface Asked {
    readonly answer: Promise<T>;
    readonly signal: AbortSignal | undefined;
  }
  let known: Asked | undefined;
  const start = (signal: AbortSignal | undefined): Asked => {
    const asked = { answer: ask(signal), signal };
    asked.answer.catch(() => {
      if (known === asked) known = undefined;
    });
    return asked;
  };
  return async function answer(signal) {
    known ??= start(signal);
    const asked = known;
    try {
      return await asked.answer;
    } catch (error) {
      const isOfAnother = asked.signal !== signal && asked.signal?.aborted === true;
      if (isOfAnother && signal?.aborted !== true) return await answer(signal);
      throw error;
    }
  };
}
