// Loaded at once, when a registry is asked: each module that is loaded by itself makes more files of what all commands
// share.
export { registryAccess } from '../registries/access.js';
export { openRegistryClient } from '../tools/registry/client/client.js';
export { openPlainFiles } from '../tools/registry/client/plain-files.js';
export { newRateLimit } from '../tools/registry/client/rate-limit.js';
