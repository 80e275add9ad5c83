import type { AskRegistry } from './ask-registry.js';

/** Longer than any registry takes that is well. */
const noticeableMs = 3000;

/** The same questions, where `say` is told once of each registry that takes noticeably long to answer. */
export function tellOfWaits(ask: AskRegistry, say: (text: string) => void): AskRegistry {
  const told = new Set<string>();
  return async (resolved, question) => {
    const { reference } = resolved.image;
    const registry = (reference.transport === 'docker' ? reference.registry : null) ?? 'a registry';
    const timer = setTimeout(() => {
      if (!told.has(registry)) say(`waiting for ${registry}`);
      told.add(registry);
    }, noticeableMs);
    try {
      return await ask(resolved, question);
    } finally {
      clearTimeout(timer);
    }
  };
}
