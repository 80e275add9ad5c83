/** What a registry says of a bound image. */
export const online = {};
