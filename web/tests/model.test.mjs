import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { closePage, clockringOutcome, launch, log, MODEL_PAGE, openPage, scratch, simulate } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** The rows of the page's run, in the form of a log. */
function rowsOf(page, epochNs = 0n) {
  return page.evaluate(
    (epoch) =>
      clockring.model.trace.logs.map((log, m) =>
        log.tick.map((tick, i) => [
          String(tick),
          String(BigInt(epoch) + BigInt(Math.round(log.time[i] * 1e9))),
          ["internal", "send", "receive"][log.kind[i]],
          log.peers[i].map((peer) => "ABC"[peer]).join(""),
          log.stamp[i] ?? "",
          clockring.model.trace.clockText(m, i),
          String(log.queue[i]),
        ]),
      ),
    String(epochNs),
  );
}

for (const { rates, sides, seed, latency } of [
  { rates: "1,3,6", sides: 10, seed: 7, latency: 0.2 },
  { rates: "6,6,6", sides: 4, seed: 1, latency: 0.2 },
  { rates: "1,6,6", sides: 3, seed: 4294967295, latency: 500 },
  { rates: "0.5,12,4.5", sides: 20, seed: 0, latency: 2000 },
]) {
  test(`the page shows the events of sim: rates ${rates}, ${sides} sides, seed ${seed}, ${latency} ms`, async (t) => {
    const directory = simulate(
      t, "--rates", rates, "--sides", String(sides), "--seed", String(seed), "--latency", `${latency}ms`, "--for", "60",
    );
    const logs = ["A", "B", "C"].map((name) => log(directory, name));
    const ticks = logs.reduce((sum, rows) => sum + rows.length, 0);
    const hash = `#rates=${rates}&sides=${sides}&seed=${seed}&latency=${latency}&ticks=${ticks}`;
    const page = await openPage(browser, MODEL_PAGE + hash);
    // The page does not show when a message arrived: that is the log's last column.
    const shown = logs.map((rows) => rows.map((row) => row.slice(0, 7)));
    assert.deepEqual(await rowsOf(page, 946684800n * 1000000000n), shown);
    await closePage(page);
  });
}

test("the vector clock beside Lamport's is that of a run with vector clocks", async (t) => {
  const directory = simulate(t, "--rates", "1,3,6", "--seed", "7", "--clock", "vector", "--for", "20");
  const page = await openPage(browser, `${MODEL_PAGE}#rates=1,3,6&seed=7&ticks=200`);
  const vectors = await page.evaluate(() => clockring.model.trace.logs.map((log) => log.vector.map((v) => v.join(" "))));
  assert.deepEqual(vectors, ["A", "B", "C"].map((name) => log(directory, name).map((row) => row[5])));
  await page.click("#label-vector");
  assert.equal(await page.evaluate(() => clockring.diagram.labelOf(0, 0)), vectors[0][0]);
  await closePage(page);
});

test("with all rules on, nothing is broken; switched off, a rule breaks the checks that the checker says", async (t) => {
  const settings = "#rates=1,3,6&seed=7&ticks=600";
  const page = await openPage(browser, MODEL_PAGE + settings);
  assert.match(await page.locator("#verdict").textContent(), /No rule is broken in 600 ticks/);
  const sound = simulate(t, "--rates", "1,3,6", "--seed", "7");
  const same = () => page.locator("#same").textContent();
  assert.match(await same(), /clockring sim --rates 1,3,6 --sides 10 --seed 7 --latency 0.2ms --for 60$/);
  for (const [rule, expected] of [
    ["1", "clock-condition"],
    ["2", "received-was-sent"],
    ["4", "clock-rule"],
  ]) {
    await page.uncheck(`[data-rule="${rule}"]`);
    assert.equal(await same(), "", "no program gives what a page without a rule shows");
    const shown = await page.locator("#verdict li b").allTextContents();
    const names = shown.map((text) => text.replace("✗ ", ""));
    assert.ok(names.includes(expected), `${names}`);
    // The same run as a run directory, for the checker.
    const directory = join(scratch(t), "run");
    mkdirSync(directory);
    const rows = await rowsOf(page, 946684800n * 1000000000n);
    ["A", "B", "C"].forEach((name, m) => {
      const lines = ["tick,time_ns,event,peer,stamp,clock,queue", ...rows[m].map((row) => row.join(","))];
      writeFileSync(join(directory, `${name}.csv`), lines.join("\n") + "\n");
      const manifest = JSON.parse(readFileSync(join(sound, `${name}.json`), "utf8"));
      for (const key of ["ended", "ended_ns", "stopped", "left_in_queue", "accounted", "delivered"]) delete manifest[key];
      writeFileSync(join(directory, `${name}.json`), JSON.stringify(manifest));
    });
    const { status, stdout } = clockringOutcome("check", directory, "--json");
    assert.equal(status, 1);
    const broken = JSON.parse(stdout).rules.filter(({ violations }) => violations > 0).map(({ name }) => name);
    // The page knows which send a message came from. The checker has only its timestamp, and if no send has that, it
    // cannot say of that send and its receive which is later.
    const provable = names.filter((name) => name !== "clock-condition" || !names.includes("received-was-sent"));
    for (const name of provable) assert.ok(broken.includes(name), `the page says ${name}, the checker ${broken}`);
    t.diagnostic(`without rule ${rule}: the page says ${names.join(", ")}; the checker ${broken.join(", ")}`);
    await page.locator("#verdict button").first().click();
    assert.match(await page.locator("#details .bad").first().textContent(), new RegExp(names[0]));
    await page.check(`[data-rule="${rule}"]`);
  }
  assert.match(await page.locator("#verdict").textContent(), /No rule is broken/);
  await closePage(page);
});

test("run, pause, one tick and one tick back do what they say", async () => {
  const page = await openPage(browser, `${MODEL_PAGE}#rates=6,6,12&seed=3`);
  const ticks = () => page.evaluate(() => clockring.model.ticks);
  await page.click("#step");
  await page.click("#step");
  assert.equal(await ticks(), 2);
  const two = await rowsOf(page);
  await page.click("#step");
  await page.click("#back");
  assert.deepEqual(await rowsOf(page), two);
  await page.click("#run");
  await page.waitForFunction(() => clockring.model.ticks > 12);
  assert.equal(await page.locator("#run").textContent(), "pause");
  await page.click("#run");
  const paused = await ticks();
  await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
  assert.equal(await ticks(), paused);
  await page.waitForFunction(() => document.querySelectorAll(".chart canvas").length === 2);
  await page.click("#restart");
  assert.equal(await ticks(), 0);
  await closePage(page);
});

test("a link carries the whole situation", async () => {
  const page = await openPage(browser, MODEL_PAGE);
  await page.fill("#seed", "42");
  await page.evaluate(() => {
    const slider = document.getElementById("rate-0");
    slider.value = "4.5";
    slider.dispatchEvent(new Event("input"));
  });
  await page.selectOption("#latency", "50");
  await page.uncheck('[data-rule="2"]');
  for (let tick = 0; tick < 31; tick++) await page.click("#step");
  await page.click("#axis-logical");
  await page.click("#label-vector");
  await page.evaluate(() => clockring.diagram.choose({ machine: 1, index: 2 }));
  await page.click("#copy");
  const link = page.url();
  const [rows, situation] = [await rowsOf(page), await page.evaluate(() => clockring.situation)];
  const other = await openPage(browser, link);
  assert.deepEqual(await rowsOf(other), rows);
  assert.deepEqual(await other.evaluate(() => clockring.situation), situation);
  assert.deepEqual(await other.evaluate(() => clockring.diagram.chosen), { machine: 1, index: 2 });
  assert.equal(await other.getAttribute("#axis-logical", "aria-pressed"), "true");
  await closePage(other);
  await closePage(page);
});

test("a link that says nonsense is as one that says nothing", async () => {
  const nonsense = "#rates=1,x,9999&sides=-3&seed=1e99&latency=NaN&broken=99&ticks=1e9&axis=<b>&chosen=Z9";
  const page = await openPage(browser, MODEL_PAGE + nonsense);
  assert.deepEqual(await page.evaluate(() => clockring.situation.rates), [1, 3, 6]);
  assert.equal(await page.evaluate(() => clockring.model.ticks), 0);
  await page.click("#step");
  await closePage(page);
});

for (const width of [360, 1200]) {
  test(`the page fits a screen of ${width} pixels`, async () => {
    const page = await openPage(browser, `${MODEL_PAGE}#ticks=50&chosen=A2`, { viewport: { width, height: 740 } });
    const overflow = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${overflow} pixels wider than the screen`);
    await closePage(page);
  });
}
