/** What a check has to look at anew. */
export interface Wish {
  /** Files that changed on disk, as URIs; `all` where they may be any. Left out: only what is typed. */
  changed?: ReadonlySet<string> | 'all' | undefined;
  /** The configuration or the branches changed: history is looked at again as well. */
  reopen?: boolean | undefined;
  /** A person asked: the control plane is asked too. */
  thorough?: boolean | undefined;
}

/** One check that does what both would. */
export function joinWishes(a: Wish | undefined, b: Wish | undefined): Wish {
  const [first, second] = [a?.changed ?? new Set<string>(), b?.changed ?? new Set<string>()];
  return {
    changed: first === 'all' || second === 'all' ? 'all' : new Set([...first, ...second]),
    reopen: a?.reopen === true || b?.reopen === true,
    thorough: a?.thorough === true || b?.thorough === true,
  };
}
