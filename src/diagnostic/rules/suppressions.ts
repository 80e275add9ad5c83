/** What is wrong with a comment that suppresses a finding. */
export const suppressions = {};
