/** Ids of the acts that this process performs now: a host such as VS Code outlives them, so its process id alone says nothing. */
export const activeActs = new Set<string>();
