import type { EngineAction, EngineEvent, EngineImage, EngineSettings, Moment } from './model.js';
import type { EngineState } from './state.js';

export type { EngineState } from './state.js';

/** A run that has not begun: `started` begins it. */
export function start(_images: readonly EngineImage[], _settings: EngineSettings): EngineState {
  throw new Error('to come');
}

/** What follows from an event. Events that concern nothing of the run any more change nothing. */
export function step(
  _state: EngineState,
  _event: EngineEvent,
  _moment: Moment,
): { readonly state: EngineState; readonly actions: readonly EngineAction[] } {
  throw new Error('to come');
}

/** All images are finished, and all podmans have ended. */
export function isOver({ left, lanes }: EngineState): boolean {
  return left === 0 && lanes.size === 0;
}

/**
 * The images that could not start yet, each with the key of the one whose layers it waits for; null where it waits for
 * its bytes or a lane.
 */
export function waiting(_state: EngineState): ReadonlyMap<string, string | null> {
  throw new Error('to come');
}
