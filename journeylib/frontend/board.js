// The board put together: areas, what is shown in them, and when they are drawn anew.

import { actions } from "./actions.js";
import { agendaLine, now } from "./agenda.js";
import { fill, focused, h } from "./dom.js";
import { TRAITS } from "./host.js";
import { boardKeys } from "./keys.js";
import { matrix } from "./matrix.js";
import { panel } from "./panel.js";
import { PictureArea } from "./picture.js";
import { Player } from "./player.js";
import { watchFullscreen } from "./presenter.js";
import { themeNow, watchTheme } from "./theme.js";
import { fewTools, toolbar, zoomTools } from "./toolbar.js";
import { wording } from "./words.js";

const POLL = 2000;
const TICK = 500;
const LANG = { zh: "zh-CN", en: "en" };

/** Where the panel would take the picture's room, it opens with the first choice. */
const BESIDE = 1000;

const startState = () => ({
  pin: null,
  tab: "part",
  main: "picture",
  panel: innerWidth >= BESIDE,
  asked: false,
  beside: true,
  form: null,
  kept: null,
  back: null,
  order: "votes",
  only: "",
  traffic: null,
  cases: {},
  moving: new Map(),
  settling: new Map(),
  rating: null,
  presenting: false,
  busy: 0,
  status: null,
});

/** The areas of the board, top to bottom. */
function areas(b) {
  return {
    line: [h("div", { class: "jb-top" }), agendaLine],
    toolbar: [
      h("div", { class: "jb-bar", role: "toolbar" }),
      (board) => (board.ui.presenting ? fewTools(board) : toolbar(board)),
    ],
    zoom: [h("div", { class: "jb-zoom" }), zoomTools],
    player: [h("div", { class: "jb-player" }), () => b.player.view()],
    matrix: [h("div", { class: "jb-matrix" }), (board) => (board.ui.main === "matrix" ? matrix(board) : [])],
    panel: [
      h("aside", { class: "jb-panel", role: "complementary" }),
      (board) => (board.ui.panel ? panel(board) : []),
    ],
    status: [
      h("p", { class: "jb-status-line", role: "status", "aria-live": "polite" }),
      ({ ui }) =>
        ui.status
          ? [h("span", { "data-level": ui.status.level, "data-key": `s${ui.status.n}` }, ui.status.text)]
          : [],
    ],
  };
}

function assemble(b) {
  const at = Object.fromEntries(Object.entries(b.areas).map(([name, [node]]) => [name, node]));
  const skip = h("button", { type: "button", class: "jb-skip", onclick: () => b.focusPanel() });
  b.skip = skip;
  const picture = h("div", { class: "jb-picture" }, b.area.holder, b.player.canvas, at.zoom, at.player);
  b.root.append(
    at.line,
    at.toolbar,
    skip,
    h("div", { class: "jb-body" }, h("div", { class: "jb-main-area" }, picture, at.matrix), at.panel),
    at.status,
  );
}

/** What the root tells the style sheet and the tests. */
function told(b) {
  const view = b.host.get("view") ?? {};
  const { dataset } = b.root;
  dataset.view = view.kind;
  dataset.theme = view.theme ?? "light";
  dataset.main = b.ui.main;
  dataset.panel = b.ui.panel ? "open" : "closed";
  dataset.role = b.host.get("person")?.role ?? "reader";
  b.root.toggleAttribute("data-presenting", b.ui.presenting);
  b.root.lang = LANG[view.lang] ?? "en";
  b.root.setAttribute("aria-label", b.t("board"));
  b.root.setAttribute("aria-busy", String(b.ui.busy > 0));
  b.areas.panel[0].setAttribute("aria-label", b.t("panel"));
  b.areas.toolbar[0].setAttribute("aria-label", b.t("tools"));
  b.skip.textContent = b.t("skip");
}

/** A list that is put in another order must not lose the focus, nor the board its keys. */
function keepFocus({ root, focused: now }, had) {
  if (!had || (root.contains(now()) && !had.disabled)) return;
  const still = root.contains(had) && !had.disabled;
  (still ? had : root).focus({ preventScroll: true });
}

/** Draw anew what was asked for, once for all that happens in the same moment. */
function drawing(b) {
  let wanted = new Set();
  let later = [];
  const run = () => {
    const names = wanted.has("all") ? Object.keys(b.areas) : [...wanted];
    wanted = new Set();
    if (b.closed) return;
    const had = b.root.contains(b.focused()) ? b.focused() : null;
    told(b);
    for (const name of names) fill(b.areas[name][0], b.areas[name][1](b));
    keepFocus(b, had);
    const calls = later;
    later = [];
    for (const call of calls) call();
  };
  b.refresh = (...names) => {
    if (!wanted.size) queueMicrotask(run);
    for (const name of names.length ? names : ["all"]) wanted.add(name);
  };
  b.after = (call) => {
    later.push(call);
    b.refresh("status");
  };
}

function listen(b) {
  const { host } = b;
  for (const name of TRAITS) host.watch(name, () => b.refresh());
  host.watch("picture", () => b.area.show());
  host.watch("cards", () => b.area.pins());
  host.watch("tracks", () => b.player.renew());
  host.watch("view", () => {
    Object.assign(b.ui, { cases: {}, traffic: null });
    b.after(() => b.ui.pin && b.askCases(b.ui.pin));
  });
  host.watch("words", () => {
    b.ui.status = null;
    b.area.pins();
  });
  host.watch("said", () => b.heard());
}

/** The panel stands beside a picture that has room enough, until somebody opens or closes it. */
function fitted(b) {
  const look = () => {
    const width = b.root.clientWidth;
    if (!width || b.ui.asked || b.ui.presenting || b.ui.panel === width >= BESIDE) return;
    b.ui.panel = width >= BESIDE;
    b.refresh();
  };
  const observer = new ResizeObserver(look);
  observer.observe(b.root);
  return () => observer.disconnect();
}

/** Ask again and again whether others wrote, one question at a time, while somebody can see it. */
function polling(b) {
  let open = false;
  const turn = async () => {
    if (open || document.hidden || !b.root.isConnected) return;
    open = true;
    await b.host.ask("poll");
    open = false;
  };
  const handle = b.host.live ? setInterval(turn, POLL) : 0;
  return () => clearInterval(handle);
}

function ticking(b) {
  const tick = () => {
    const found = now(b);
    if (!found?.clock.runs() || !b.may().lead) return;
    b.refresh("line", ...(b.ui.tab === "agenda" ? ["panel"] : []));
    if (found.clock.ranOut(found.left)) b.say(b.t("time_is_up", { name: found.item.name }));
  };
  const handle = setInterval(tick, TICK);
  return () => clearInterval(handle);
}

/** The theme around the board is asked for at start and at each change of it. */
function themed(b) {
  const want = (theme) => {
    if (b.host.get("view")?.theme !== theme) b.look({ theme });
  };
  want(themeNow());
  return watchTheme(want);
}

/** Put the board into `el`; gives what takes it away again. */
export function mount(host, el) {
  const root = h("section", {
    class: "journey-board",
    role: "region",
    tabindex: -1,
    "data-lm-suppress-shortcuts": "true",
    "data-state": "starting",
  });
  const b = { host, root, ui: startState(), t: wording(host), closed: false, focused: () => focused(root) };
  Object.assign(b, actions(b));
  drawing(b);
  b.area = new PictureArea(b);
  b.player = new Player(b);
  b.areas = areas(b);
  assemble(b);
  el.append(root);
  listen(b);
  b.area.show();
  b.refresh();
  const ends = [
    boardKeys(b),
    watchFullscreen(b),
    polling(b),
    ticking(b),
    themed(b),
    fitted(b),
    () => b.player.close(),
    () => b.area.close(),
    () => host.close(),
  ];
  b.after(() => {
    root.dataset.state = "ready";
  });
  return () => {
    b.closed = true;
    for (const end of ends) end();
    root.remove();
  };
}
