/** What is wrong with storage.conf. */
export const storageConf = {};
