/** What is wrong with the service that runs a bound image. */
export const services = {};
