// Loaded at once, when there is something to pull: each module that is loaded by itself makes more files of what all
// commands share.
export { fitsRelay, relayConfiguration } from '../registries/relay-configuration.js';
export { readHostSignatures } from '../registries/signatures/host-signatures.js';
export { hostLookaside } from '../registries/signatures/lookaside.js';
export { openRelay } from '../tools/relay/open-relay.js';
export { newRateLimit } from '../tools/relay/rate-limit.js';
