/** Where the switches at the two ends of a tunnel tell each other of a lost link. */
export interface LossHub {
  /** `node` says whether its side of the path through this VNI is lost. */
  signal(vni: number, node: string, lost: boolean): void;
  /** What the other switch last said. */
  isLost(vni: number, node: string): boolean;
  /** Calls back when another node said something new. Returns what ends it. */
  watch(node: string, changed: () => void): () => void;
}

/** For switches that live in one process, as in the lab. */
export function createLossHub(): LossHub {
  const said = new Map<number, Map<string, boolean>>();
  const watchers = new Map<string, Set<() => void>>();
  return {
    signal(vni, node, lost) {
      const here = said.get(vni) ?? new Map<string, boolean>();
      said.set(vni, here);
      if ((here.get(node) ?? false) === lost) return;
      here.set(node, lost);
      for (const [other, callbacks] of watchers) {
        if (other !== node) for (const changed of callbacks) changed();
      }
    },
    isLost: (vni, node) =>
      [...(said.get(vni) ?? [])].some(([other, lost]) => other !== node && lost),
    watch(node, changed) {
      const callbacks = watchers.get(node) ?? new Set();
      watchers.set(node, callbacks.add(changed));
      return () => callbacks.delete(changed);
    },
  };
}
