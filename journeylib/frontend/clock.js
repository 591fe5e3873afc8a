// The clock of a workshop: kept by the browser, one for all views of the same board.

const clocks = new WeakMap();
const OLD = 12 * 3600 * 1000;

const stored = (name) => {
  try {
    const found = JSON.parse(sessionStorage.getItem(name));
    return found && Date.now() - found.seen < OLD ? found : null;
  } catch {
    return null;
  }
};

/** The clock of `key` for an agenda; a reload of the page finds it again. */
export function clockOf(key, agenda) {
  if (!clocks.has(key)) clocks.set(key, makeClock(`journey-board:${agenda.name}:${agenda.items.length}`));
  return clocks.get(key);
}

function makeClock(name) {
  const before = stored(name);
  const state = { at: before?.at ?? 0, since: before?.since ?? null, spent: before?.spent ?? {}, told: null };
  const keep = () => {
    try {
      sessionStorage.setItem(
        name,
        JSON.stringify({ at: state.at, since: state.since, spent: state.spent, seen: Date.now() }),
      );
    } catch {
      // A page without storage keeps its clock until it is closed.
    }
  };
  const running = () => (state.since === null ? 0 : Date.now() - state.since);
  const spentAt = (n) => (state.spent[n] ?? 0) + (n === state.at ? running() : 0);
  const settle = () => {
    state.spent[state.at] = spentAt(state.at);
    if (state.since !== null) state.since = Date.now();
  };
  return {
    at: () => state.at,
    runs: () => state.since !== null,
    begun: () => state.since !== null || Object.values(state.spent).some(Boolean),
    spentAt,
    spent: () =>
      Object.keys({ ...state.spent, [state.at]: 0 }).reduce((sum, n) => sum + spentAt(Number(n)), 0),
    start() {
      state.since ??= Date.now();
      keep();
    },
    pause() {
      settle();
      state.since = null;
      keep();
    },
    go(n) {
      settle();
      state.at = n;
      keep();
    },
    reset() {
      Object.assign(state, { at: 0, since: null, spent: {}, told: null });
      keep();
    },
    /** True once for each item whose time has just run out. */
    ranOut(left) {
      if (left > 0 || state.told === state.at || state.since === null) return false;
      state.told = state.at;
      return true;
    },
  };
}
