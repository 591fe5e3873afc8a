// node run.mjs JOBS.json
// Runs cases with bpmn-engine and feelin on a clock of its own; prints one list of ends a job.
// A job: {bpmn, dmn, cases: [{start, until, variables, learnt: [[at, item, value]], tasks}]}, where
// tasks is {task: {flag, at, skipped}}; times in ms. An end: {end, at, reminders}, ids of elements.
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import { setImmediate as soon } from 'node:timers/promises';

import { Engine } from 'bpmn-engine';
import { SequenceFlow } from 'bpmn-elements';
import { BpmnModdle } from 'bpmn-moddle';
import { DmnModdle } from 'dmn-moddle';
import { evaluate, unaryTest } from 'feelin';

const valueOf = (found) => (found && typeof found === 'object' && 'value' in found ? found.value : found);
const moddle = new BpmnModdle();

// Every gateway tells all that follows that it will not come, along every way: 2^n messages for n
// optional activities in a row. Nothing here joins what was split, so nobody needs to hear it.
class QuietFlow extends SequenceFlow {
  discard() {}
}

// bpmn-engine cannot take message flows to a pool without a process.
async function executable(xml) {
  const { rootElement } = await moddle.fromXML(xml);
  const all = rootElement.rootElements;
  const pools = all.find((e) => e.$type === 'bpmn:Collaboration');
  const gone = new Set([...(pools.messageFlows ?? []), ...pools.participants.filter((p) => !p.processRef)]);
  pools.messageFlows = [];
  pools.participants = pools.participants.filter((p) => !gone.has(p));
  const { plane } = rootElement.diagrams[0];
  plane.planeElement = plane.planeElement.filter((shape) => !gone.has(shape.bpmnElement));
  const rules = all.find((e) => e.$type === 'bpmn:Process').flowElements
    .filter((e) => e.$type === 'bpmn:BusinessRuleTask')
    .map((e) => [e.id, e.$attrs['camunda:decisionRef']]);
  return { source: (await moddle.toXML(rootElement)).xml, rules: Object.fromEntries(rules) };
}

async function decisions(xml) {
  const { rootElement } = await new DmnModdle().fromXML(xml);
  const elements = rootElement.drgElement;
  const inputs = elements.filter((e) => e.$type === 'dmn:InputData').map((e) => e.variable.name);
  const tables = elements.filter((e) => e.decisionLogic).map((e) => [e.id, e.decisionLogic]);
  return { inputs, tables: Object.fromEntries(tables) };
}

function decide(table, known) {
  const holds = (rule) => rule.inputEntry.every((cell, place) => {
    if (cell.text === '-') return true;
    const value = valueOf(evaluate(table.input[place].inputExpression.text, known));
    return valueOf(unaryTest(cell.text, { ...known, '?': value })) === true;
  });
  const rule = table.rule.find(holds);
  return { [table.output[0].name]: valueOf(evaluate(rule.outputEntry[0].text, known)) };
}

// What happens next happens at once; of two things due together the task comes before the timer.
class Clock {
  constructor(now) { this.now = now; this.queue = []; }
  at(due, order, act) { const entry = { due, order, act }; this.queue.push(entry); return entry; }
  // What bpmn-engine asks of timers; its own wait for nothing longer than 24 days.
  executing = [];
  register() { return this; }
  setTimeout = (act, delay) => this.at(this.now + delay, 1, act);
  clearTimeout = (entry) => this.drop(entry);
  drop(entry) { this.queue = this.queue.filter((other) => other !== entry); }
  next(until) {
    this.queue.sort((a, b) => a.due - b.due || a.order - b.order);
    if (!this.queue.length || this.queue[0].due >= until) return false;
    const { due, act } = this.queue.shift();
    this.now = Math.max(this.now, due);
    act();
    return true;
  }
}

async function run({ source, rules }, { inputs, tables }, course) {
  const clock = new Clock(course.start);
  const known = Object.fromEntries(inputs.map((name) => [name, null]));
  const learn = () => {
    for (const [at, item, value] of course.learnt) if (at <= clock.now) known[item] = value;
    for (const { flag, at } of Object.values(course.tasks)) if (at !== null && at <= clock.now) known[flag] = true;
  };
  Object.assign(known, course.variables);
  learn();
  const ended = [];
  let waiting = null;
  const listener = new EventEmitter();
  listener.on('activity.wait', (task) => {
    if (task.type !== 'bpmn:UserTask') return;
    const { at, skipped } = course.tasks[task.id];
    if (at === null && !skipped) { waiting = task.id; return; }
    clock.at(skipped ? clock.now : Math.max(clock.now, at), 0, () => { learn(); task.signal(); });
  });
  listener.on('activity.end', ({ id }) => /^(End|Exit|Reminder)_/.test(id) && ended.push(id));
  const engine = new Engine({
    source,
    elements: { SequenceFlow: QuietFlow },
    timers: clock,
    expressions: {
      resolveExpression: (text) => (/^P[\dT]/.test(text) ? text : valueOf(evaluate(text, known)) === true),
    },
    extensions: {
      rules(element) {
        if (element.type !== 'bpmn:BusinessRuleTask') return;
        element.behaviour.Service = function Decision() {
          this.execute = (message, done) => { Object.assign(known, decide(tables[rules[element.id]], known)); done(); };
        };
      },
    },
  });
  await engine.execute({ listener });
  do await soon(); while (clock.next(waiting ? Math.max(course.until, clock.now) : Infinity));
  engine.stop();
  const reminders = ended.filter((id) => id.startsWith('Reminder_'));
  const end = ended.find((id) => !id.startsWith('Reminder_'));
  if (waiting) return { end: 'waiting', at: waiting, reminders };
  return { end: end.startsWith('Exit_') ? 'stopped' : 'goal', at: end, reminders };
}

const results = [];
for (const job of JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))) {
  const process_ = await executable(fs.readFileSync(job.bpmn, 'utf8'));
  const rulebook = await decisions(fs.readFileSync(job.dmn, 'utf8'));
  const ends = [];
  for (const course of job.cases) ends.push(await run(process_, rulebook, course));
  results.push(ends);
}
console.log(JSON.stringify(results));
