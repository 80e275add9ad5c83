import type { Redact } from '../../diagnostic/redact.js';
import type { Mount } from '../process/mounts.js';
import type { RunOptions } from '../process/run.js';
import type { PullFiles } from './pull-command.js';
import type { Store } from './store.js';

export interface PullRun {
  /** Private to this pull, for configuration. */
  readonly directory: string;
  /** Blobs arrive here, each in a file. */
  readonly blobs: string;
  /** Masks what podman says, which may repeat the credentials that it was given. */
  readonly redact: Redact;
  readonly signal: AbortSignal;
  /** How registries are reached, where that is not as this host says. */
  readonly configuration?: PullConfiguration | undefined;
  readonly onStart?: RunOptions['onStart'];
}

/** Of a list of images. */
export interface ListRun extends PullRun {
  /** Told the ID of each image as podman has it. */
  readonly onPulled: (id: string) => void;
}

/** Files for a list of images, which podman reaches without any credentials or certificates. */
export type ListFiles = Pick<PullFiles, 'decryptionKey'>;

/** What podman is started with, so that it reads another configuration than this host's. */
export interface PullConfiguration {
  readonly mounts: readonly Mount[];
  readonly env: Readonly<Record<string, string>>;
  /** What podman says, with the paths of a system in place of ours. */
  readonly translate: (text: string) => string;
}

/** How podman works, beyond what an image says. */
export interface PodmanSettings {
  readonly store: Store;
  readonly nice: boolean;
  /** How many layers of an image at the same time; `undefined` leaves it to podman's configuration. */
  readonly layerConcurrency: number | undefined;
}
