/** Why there is no release: what is wrong, where, and what to do; its message is all that is shown. */
export class Refusal extends Error {}
