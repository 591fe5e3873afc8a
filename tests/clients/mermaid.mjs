// node mermaid.mjs [--pictures FOLDER] FILE…
// Draws Mermaid files as wikis do; prints {file: {problem} or {texts, faces: [y], colours: [bad or good]}}.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

import puppeteer from 'puppeteer-core';

const require = createRequire(import.meta.url);
const script = path.join(path.dirname(require.resolve('mermaid/package.json')), 'dist/mermaid.min.js');

async function draw(text) {
  const holder = document.querySelector('#drawn');
  holder.textContent = '';
  try {
    const { svg } = await window.mermaid.render('picture', text);
    holder.innerHTML = svg;
  } catch (problem) {
    return { problem: String(problem.message ?? problem).split('\n')[0] };
  }
  const all = (selector) => [...holder.querySelectorAll(selector)];
  return {
    texts: [...new Set(all('text, foreignObject div').map((e) => e.textContent.trim()))],
    faces: all('.face').map((face) => Number(face.getAttribute('cy'))),
    broken: holder.innerHTML.includes('NaN'),
    scripts: all('script, img, [onerror]').length,
  };
}

const [flag, folder] = process.argv.slice(2);
const files = process.argv.slice(flag === '--pictures' ? 4 : 2);
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 2400, height: 900 });
  await page.setContent('<meta charset="utf-8"><div id="drawn"></div>');
  await page.addScriptTag({ path: script });
  await page.evaluate(() => window.mermaid.initialize({ startOnLoad: false, securityLevel: 'strict' }));
  const found = {};
  for (const file of files) {
    found[file] = await page.evaluate(draw, fs.readFileSync(file, 'utf8'));
    if (flag === '--pictures') {
      await page.screenshot({ path: path.join(folder, `${path.basename(file)}.png`), fullPage: true });
    }
  }
  console.log(JSON.stringify(found));
} finally {
  await browser.close();
}
