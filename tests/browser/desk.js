// A desk without Python: traits, change events and replies as the widget's model gives them.
// window.startBoard(world, options) mounts the bundle `window.boardModule` into #place.

class Model {
  constructor(traits) {
    this.traits = traits;
    this.listeners = new Map();
    this.sent = [];
    this.history = [];
    this.future = [];
    this.mute = false;
  }
  get(name) { return this.traits[name]; }
  on(event, run) { this.listeners.set(event, [...(this.listeners.get(event) ?? []), run]); }
  off(event, run) { this.listeners.set(event, (this.listeners.get(event) ?? []).filter((one) => one !== run)); }
  fire(event, ...given) { for (const run of this.listeners.get(event) ?? []) run(...given); }
  put(traits) {
    Object.assign(this.traits, structuredClone(traits));
    for (const name of Object.keys(traits)) this.fire(`change:${name}`);
  }
  send(message) {
    this.sent.push(message);
    if (this.mute) return;
    setTimeout(() => {
      const reply = this.act(message);
      this.fire("msg:custom", { re: message.re, ...reply }, []);
    }, 5);
  }
  refuse(text) {
    this.put({ said: { n: this.traits.said.n + 1, level: "error", text } });
    return { ok: false };
  }
  cards(cards) {
    this.history.push(this.traits.cards);
    this.future = [];
    const mine = cards.reduce((sum, card) => sum + (card.mine ?? 0), 0);
    const { person } = this.traits;
    this.put({ cards, person: { ...person, left: person.dots - mine }, can: { undo: true, redo: false } });
    return { ok: true };
  }
  change(id, changes) { return this.cards(this.traits.cards.map((card) => (card.id === id ? { ...card, ...changes } : card))); }
  act({ do: what, re, ...fields }) {
    const act = this[`do_${what}`];
    return act ? act.call(this, fields) : { ok: true };
  }
  do_look(asked) {
    const view = { ...this.traits.view, ...asked };
    const found = this.world.pictures[[view.kind, view.lang, view.theme].join("|")] ?? this.world.pictures[`${view.kind}|${view.lang}|light`];
    const reached = view.kind === "flow" ? Math.max(view.traffic, 0.887) : null;
    this.put({ view, reached, ...found, ...this.world.langs[view.lang], tracks: null });
    return { ok: true };
  }
  do_cases({ pin }) { return { ok: true, cases: { head: ["案例", "开始", "用时"], rows: [["客户-0001", "2025-01-06", "3 天"], ["客户-0002", pin, "<b>5</b>"]], note: "2 / 512 例" } }; }
  do_play() {
    this.put({ tracks: this.world.tracks });
    return { ok: true };
  }
  do_sign({ by }) {
    this.put({ person: { ...this.traits.person, by } });
    return { ok: true };
  }
  do_card({ text, kind, pins, owner }) {
    if (text === "refuse me") return this.refuse("日志拒绝了这张卡片");
    const card = { id: `n-${this.traits.cards.length}`, kind, text, author: this.traits.person.by, owner, status: "open", votes: 0, mine: 0, importance: null, urgency: null, at: "2026-11-25T10:00:00Z", pins: pins.map((id) => ({ id, label: this.traits.parts[id]?.label ?? id, here: true })), claim: null, verdict: null, orphan: false };
    return this.cards([...this.traits.cards, card]);
  }
  do_edit({ card, pins, ...changes }) {
    if (changes.status === "withdrawn") return this.cards(this.traits.cards.filter(({ id }) => id !== card));
    return this.change(card, changes);
  }
  do_rate({ card, importance, urgency }) { return this.change(card, { importance, urgency }); }
  do_vote({ card, dots }) {
    const found = this.traits.cards.find(({ id }) => id === card);
    return this.change(card, { mine: dots, votes: found.votes + dots - found.mine });
  }
  do_judge({ finding, status }) {
    this.put({ findings: this.traits.findings.map((one) => (one.id === finding ? { ...one, status } : one)) });
    return { ok: true };
  }
  do_suggest() {
    return { ok: true, suggestions: [
      { claim: { measure: "wait", place: { from: "发送报价", to: "签订合同" }, comparison: ">", threshold: null }, needs_threshold: true, label: "“发送报价”到“签订合同”的等待时间中位数", why: "文字中提到“等”；请在场的人给出阈值" },
      { claim: { measure: "rework", place: { activity: "修改报价" }, comparison: ">", threshold: "10%" }, needs_threshold: false, label: "“修改报价”的返工率 > 10%", why: "阈值取规则中的容忍度" },
    ] };
  }
  do_claim({ card, claim }) {
    return this.change(card, { claim: claim && { ...claim, words: "claim" }, verdict: claim && { outcome: "proven", words: "数据证实：等待时间中位数 > 5 天。实测 7.2 天，95% 置信区间 6.8–7.9，n=418。", cases: ["c1", "c2"], sql: "SELECT 1" } });
  }
  do_undo() {
    if (!this.history.length) return this.refuse("没有可撤销的操作");
    this.future.push(this.traits.cards);
    this.put({ cards: this.history.pop(), can: { undo: this.history.length > 0, redo: true } });
    return { ok: true };
  }
  do_redo() {
    this.history.push(this.traits.cards);
    this.put({ cards: this.future.pop(), can: { undo: true, redo: this.future.length > 0 } });
    return { ok: true };
  }
}

window.startBoard = (world, { view = {}, person = {}, traits = {} } = {}) => {
  const model = new Model({});
  model.world = world;
  const start = { kind: "flow", detail: "activity", traffic: 0.8, segment: null, against: null, variant: null, target: "shown", lang: "zh", theme: "light", ...view };
  Object.assign(model.traits, structuredClone({ view: start, can: { undo: false, redo: false }, said: { n: 0, level: "info", text: "" }, tracks: null, cards: world.cards, person: { by: "主持人", role: "facilitator", dots: 5, left: 3, ...person } }));
  model.do_look({});
  Object.assign(model.traits, structuredClone(traits));
  window.model = model;
  window.stopBoard = window.boardModule.default.render({ model, el: document.getElementById("place") });
  return true;
};
