/** The files that a check reads: those of a commit, or those of the work tree. */
export interface FileTree {
  /** Every file, from the root of the repository. */
  paths: readonly string[];
  /** Text of some files, by path; one that cannot be read as a file is left out. */
  read: (paths: readonly string[]) => Promise<Map<string, string>>;
}
