/** The library: the steps of the data's way, and their types. */
export type { Diagnostic, Place, Severity } from './diagnostic/diagnostic.js';
export type { RuleId } from './diagnostic/rules.js';
export { BoundImagesError, type ErrorCode } from './error.js';
export {
  type Looked,
  type LookedForTags,
  type PlannedImage,
  type PlannedLayer,
  type PullPlan,
  type PullPolicy,
  planPulls,
  type RegistryView,
  type StoreView,
} from './plan/plan.js';
export { findPodman, type Podman, type PodmanSettings } from './podman/podman.js';
export type { Store } from './podman/store.js';
export type { StoreImage } from './podman/store-images.js';
export type { StoreInfo } from './podman/store-info.js';
export { type StoreLayers, storeLayersReader } from './podman/store-layers.js';
export type { PullEvent, PullObserver } from './pull/events.js';
export { lookThroughSkopeo } from './pull/look-up.js';
export type { PullError, PullOutcome } from './pull/outcome.js';
export { type PullSettings, pull } from './pull/pull.js';
export { type WorkDirectory, workDirectory } from './pull/work-directory.js';
export { parseReference, type Reference } from './reference/reference.js';
export type { Platform } from './registry/platform.js';
export type { RemoteImage, RemoteLayer } from './registry/remote-image.js';
export { findSkopeo, type Skopeo } from './registry/skopeo.js';
export { type Resolved, type ResolvedImage, resolve } from './resolve/resolve.js';
export { type OpenedRoots, openRoots, type RootProblem, type Roots } from './root/open-roots.js';
export { type RootPath, rootPath } from './root/path.js';
export type { RootView } from './root/root-view.js';
export type { BoundImage, PullOptions } from './scan/bound-image.js';
export { type Scanned, scan } from './scan/scan.js';
