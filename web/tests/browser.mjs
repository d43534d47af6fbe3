// A browser without a network, the program, and run directories to look at.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];

export const MODEL_PAGE = new URL("../model/index.html", import.meta.url).href;

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: QUIET });
}

/** A page that fails the test if it complains or asks for anything that is not on disk. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.complaints.push(message.text()));
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("dialog", (dialog) => page.complaints.push(`a dialog: ${dialog.message()}`));
  page.on("request", (request) => /^(file|data):/.test(request.url()) || page.complaints.push(`fetched ${request.url()}`));
  await page.goto(url);
  await page.waitForFunction(() => window.clockring || document.querySelector("#picture") === null);
  return page;
}

export async function closePage(page) {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}

/** Runs the program; its standard output. */
export function clockring(...args) {
  return execFileSync(process.env.CLOCKRING, args, { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
}

/** Runs the program, whatever its exit status. */
export function clockringOutcome(...args) {
  return spawnSync(process.env.CLOCKRING, args, { encoding: "utf8", maxBuffer: 1 << 28 });
}

/** A directory that is gone after the test. */
export function scratch(test) {
  const directory = mkdtempSync(join(tmpdir(), "clockring-"));
  test.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** A simulated run in a directory of its own. */
export function simulate(test, ...args) {
  const directory = join(scratch(test), "run");
  clockring("sim", "--quiet", "--log-dir", directory, ...args);
  return directory;
}

/** The report of a run, as an address. */
export function reportOf(directory) {
  clockring("report", directory);
  return `file://${join(directory, "report.html")}`;
}

/** The rows of a log as the program wrote them. */
export function log(directory, machine) {
  return readFileSync(join(directory, `${machine}.csv`), "utf8").trim().split("\n").slice(1).map((line) => line.split(","));
}

/** What each event knows of, as the checker computes it: for each machine, a vector per event. */
export function known(directory, names) {
  const rows = clockring("export", directory, "--format", "csv").trim().split("\n").slice(1).map((line) => line.split(","));
  return names.map((name) => rows.filter(([machine]) => machine === name).map((row) => row.at(-1).split(" ").map(Number)));
}
