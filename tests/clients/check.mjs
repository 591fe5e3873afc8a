// node check.mjs [--pictures FOLDER] FILE…
// Opens BPMN and DMN files as modelers and linters do; prints {file: [what they complain about]}.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

import { BpmnModdle } from 'bpmn-moddle';
import { DmnModdle } from 'dmn-moddle';
import { parseExpression, parseUnaryTests } from 'feelin';
import puppeteer from 'puppeteer-core';

const require = createRequire(import.meta.url);
const Linter = require('bpmnlint/lib/linter.js');
const NodeResolver = require('bpmnlint/lib/resolver/node-resolver.js');

// Never both descriptors at once: their traits clash, and the whole process is dropped.
const DIALECTS = {
  camunda7: {
    extensions: { camunda: require('camunda-bpmn-moddle/resources/camunda.json') },
    rules: 'plugin:camunda-compat/camunda-platform-7-23',
  },
  camunda8: {
    extensions: { zeebe: require('zeebe-bpmn-moddle/resources/zeebe.json') },
    rules: 'plugin:camunda-compat/camunda-cloud-8-7',
  },
};

const firstLine = (problem) => String(problem.message ?? problem).split('\n')[0];

async function lint(definitions, rules) {
  const linter = new Linter({ config: { extends: rules }, resolver: new NodeResolver({ require }) });
  const reports = Object.entries(await linter.lint(definitions));
  return reports.flatMap(([rule, found]) => found.map((r) => `${rule} at ${r.id}: ${r.message}`));
}

async function readBpmn(xml, dialect) {
  const { extensions, rules } = DIALECTS[dialect] ?? {};
  const { rootElement, warnings } = await new BpmnModdle(extensions).fromXML(xml);
  return [
    ...warnings.map((w) => `bpmn-moddle: ${firstLine(w)}`),
    ...(await lint(rootElement, 'bpmnlint:recommended')).map((r) => `bpmnlint: ${r}`),
    ...(rules ? await lint(rootElement, rules) : []).map((r) => `camunda-compat: ${r}`),
  ];
}

function feelProblem(text, parse) {
  let broken = false;
  parse(text).iterate({ enter: (node) => { broken ||= node.type.isError; } });
  return broken ? [`feelin cannot read ${text}`] : [];
}

async function readDmn(xml) {
  const { rootElement, warnings } = await new DmnModdle().fromXML(xml);
  const tables = rootElement.drgElement.map((e) => e.decisionLogic).filter((t) => t?.rule);
  return [
    ...warnings.map((w) => `dmn-moddle: ${firstLine(w)}`),
    ...tables.flatMap((table) => [
      ...table.input.flatMap((i) => feelProblem(i.inputExpression.text, parseExpression)),
      ...table.rule.flatMap((r) => r.inputEntry.flatMap((c) => feelProblem(c.text, parseUnaryTests))),
      ...table.rule.flatMap((r) => r.outputEntry.flatMap((c) => feelProblem(c.text, parseExpression))),
    ]),
  ];
}

const VIEWERS = {
  bpmn: {
    script: 'bpmn-js/dist/bpmn-viewer.development.js',
    styles: ['bpmn-js/dist/assets/bpmn-js.css', 'bpmn-js/dist/assets/diagram-js.css'],
    async open(xml) {
      const viewer = new window.BpmnJS({ container: '#canvas' });
      const { warnings } = await viewer.importXML(xml);
      viewer.get('canvas').zoom('fit-viewport', 'auto');
      return warnings.map((w) => w.message);
    },
    browse: async () => [],
  },
  dmn: {
    script: 'dmn-js/dist/dmn-viewer.development.js',
    styles: ['diagram-js', 'dmn-js-shared', 'dmn-js-drd', 'dmn-js-decision-table', 'dmn-font/css/dmn-embedded']
      .map((name) => `dmn-js/dist/assets/${name}.css`),
    async open(xml) {
      window.viewer = new window.DmnJS({ container: '#canvas' });
      const { warnings } = await window.viewer.importXML(xml);
      window.viewer.getActiveViewer().get('canvas').zoom('fit-viewport', 'auto');
      return warnings.map((w) => w.message);
    },
    async browse() {
      const warnings = [];
      const [, ...tables] = window.viewer.getViews();
      for (const table of tables) warnings.push(...(await window.viewer.open(table)).warnings);
      return warnings.map((w) => w.message);
    },
  },
};

async function show(browser, xml, kind, picture) {
  const { script, styles, open, browse } = VIEWERS[kind];
  const page = await browser.newPage();
  const said = [];
  page.on('console', (m) => ['error', 'warn', 'warning'].includes(m.type()) && said.push(`console: ${m.text()}`));
  page.on('pageerror', (e) => said.push(`page: ${firstLine(e)}`));
  try {
    await page.setViewport({ width: 2400, height: 1200 });
    await page.setContent('<style>body{margin:0}#canvas{width:100vw;height:100vh}</style><div id="canvas"></div>');
    for (const style of styles) await page.addStyleTag({ path: require.resolve(style) });
    await page.addScriptTag({ path: require.resolve(script) });
    const warnings = await page.evaluate(open, xml).catch((e) => [firstLine(e)]);
    if (picture) await page.screenshot({ path: picture });
    warnings.push(...(await page.evaluate(browse).catch((e) => [firstLine(e)])));
    return [...warnings.map((w) => `${kind}-js: ${w.split('\n')[0]}`), ...said];
  } finally {
    await page.close();
  }
}

const args = process.argv.slice(2);
const pictures = args[0] === '--pictures' ? args.splice(0, 2)[1] : null;
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
const found = {};
try {
  for (const file of args) {
    const xml = fs.readFileSync(file, 'utf8');
    const [, dialect, kind] = /(?:\.(\w+))?\.(bpmn|dmn)$/.exec(file);
    const picture = pictures && path.join(pictures, `${path.basename(file)}.png`);
    const read = await (kind === 'bpmn' ? readBpmn(xml, dialect) : readDmn(xml)).catch((e) => [firstLine(e)]);
    found[file] = [...read, ...(await show(browser, xml, kind, picture))];
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(found));
