/** What is wrong with policy.json and registries.d. */
export const signaturePolicy = {};
