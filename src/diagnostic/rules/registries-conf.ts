/** What is wrong with registries.conf. */
export const registriesConf = {};
