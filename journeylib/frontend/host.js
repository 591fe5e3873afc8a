// The other side of the board: a live kernel through anywidget's model.

const PATIENCE = 60000;
export const TRAITS = [
  "view",
  "choices",
  "words",
  "picture",
  "parts",
  "reached",
  "cards",
  "findings",
  "agenda",
  "tracks",
  "person",
  "can",
  "said",
];

/** Traits to read and watch, and requests with their replies, over `model`. */
export function liveHost(model) {
  const waiting = new Map();
  const watched = [];
  let count = Math.floor(Math.random() * 2 ** 40);
  const heard = (content) => {
    const settle = waiting.get(content?.re);
    waiting.delete(content?.re);
    settle?.(content);
  };
  model.on("msg:custom", heard);
  return {
    key: model,
    live: true,
    get: (name) => model.get(name),
    watch(name, tell) {
      model.on(`change:${name}`, tell);
      watched.push([`change:${name}`, tell]);
    },
    ask(what, fields = {}) {
      count += 1;
      const re = count;
      return new Promise((resolve) => {
        waiting.set(re, resolve);
        setTimeout(() => waiting.has(re) && heard({ re, ok: false, late: true }), PATIENCE);
        try {
          model.send({ do: what, re, ...fields });
        } catch {
          heard({ re, ok: false, late: true }); // the kernel is gone: restarted, or ended
        }
      });
    },
    offers: () => null,
    close() {
      model.off("msg:custom", heard);
      for (const [event, tell] of watched) model.off(event, tell);
      waiting.clear();
    },
  };
}
