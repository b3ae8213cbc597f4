// Opens the pages in Chromium, wide and narrow: no accessibility violations (WCAG 2.1 A and AA), no overflow, the clock moves.
// Usage: node pages.mjs BASE_URL FOLDER_FOR_PICTURES [ACCOUNT@]PATH…
import { chromium } from "playwright-core";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [base, pictures, ...paths] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const windows = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
const complaints = [];
try {
  for (const [name, viewport] of Object.entries(windows)) {
    const page = await browser.newPage({ viewport, bypassCSP: true, locale: "nl-NL" });
    page.on("pageerror", (error) => complaints.push(`${name}: script error: ${error.message}`));
    for (const asked of paths) {
      const path = asked.slice(asked.indexOf("/"));
      const account = asked.slice(0, asked.indexOf("@") + 1).slice(0, -1);
      await page.setExtraHTTPHeaders(account ? { "X-Account": account } : {});
      const answer = await page.goto(base + path);
      if (answer.status() !== 200) complaints.push(`${name} ${path}: status ${answer.status()}`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (overflow > 0) complaints.push(`${name} ${path}: ${overflow} pixels too wide`);
      await page.evaluate(() => document.querySelectorAll("details").forEach((part) => (part.open = true)));
      const opened = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (opened > 0) complaints.push(`${name} ${path}: ${opened} pixels too wide with everything open`);
      await page.evaluate(axe);
      const result = await page.evaluate(() =>
        window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }));
      for (const violation of result.violations) {
        complaints.push(`${name} ${path}: ${violation.id}: ${violation.nodes[0].target} (${violation.help})`);
      }
      const file = `${pictures}/${name}${path.replaceAll(/[/?&=]/g, "-")}.png`;
      await page.screenshot({ path: file, fullPage: true });
    }
    await page.close();
  }
} finally {
  await browser.close();
}
for (const complaint of complaints) console.log(complaint);
console.log(`${complaints.length} complaints over ${paths.length} pages in ${Object.keys(windows).length} windows`);
process.exit(complaints.length === 0 ? 0 : 1);
