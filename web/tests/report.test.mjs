import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { closePage, clockring, known, launch, log, openPage, reportOf, simulate } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

for (const [name, options] of [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["a phone", { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }],
]) {
  test(`the report opens without complaint: ${name}`, async (t) => {
    const page = await openPage(browser, reportOf(simulate(t, "--rates", "1,3,6", "--seed", "7")), options);
    assert.match(await page.locator("#words").textContent(), /[\d.]+ messages a second are sent to A \(theory: 1.5\), which can receive 1, one per tick/);
    const overflow = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${overflow} pixels wider than the screen`);
    assert.equal(await page.locator(".chart canvas").count(), 3);
    await closePage(page);
  });
}

test("choosing an event highlights exactly its causal past and future, as the checker computes them", async (t) => {
  for (const args of [
    ["--rates", "1,3,6", "--seed", "7"],
    ["--machines", "7", "--seed", "2", "--sides", "12", "--clock", "vector"],
  ]) {
    const directory = simulate(t, ...args);
    const page = await openPage(browser, reportOf(directory));
    const names = await page.evaluate(() => clockring.trace.names);
    const vectors = known(directory, names);
    const relations = await page.evaluate(() => {
      const { diagram, trace } = clockring;
      const all = [];
      trace.logs.forEach((log, machine) => {
        for (let index = 0; index < log.length; index += 7) {
          diagram.choose({ machine, index });
          all.push([machine, index, trace.logs.map((log, m) => log.tick.map((_, i) => diagram.relation(m, i)))]);
        }
      });
      return all;
    });
    assert.ok(relations.length > 50);
    for (const [machine, index, shown] of relations) {
      vectors.forEach((events, m) =>
        events.forEach((vector, i) => {
          const itself = m === machine && i === index;
          const past = vectors[machine][index][m] > i;
          const future = vector[machine] > index;
          const expected = itself ? "chosen" : past ? "past" : future ? "future" : "concurrent";
          assert.equal(shown[m][i], expected, `${names[m]}${i + 1} seen from ${names[machine]}${index + 1}`);
        }),
      );
    }
    await closePage(page);
  }
});

test("the diagram shows the rows of the logs", async (t) => {
  for (const clock of ["lamport", "vector", "hybrid"]) {
    const directory = simulate(t, "--rates", "2,3,6", "--seed", "5", "--clock", clock, "--latency", "exp:300ms");
    const page = await openPage(browser, reportOf(directory));
    const shown = await page.evaluate(() =>
      clockring.trace.logs.map((log, m) =>
        log.tick.map((tick, i) => [
          String(tick),
          ["internal", "send", "receive"][log.kind[i]],
          log.peers[i].map((peer) => clockring.trace.names[peer]).join(""),
          log.sent[i] >= 0 ? clockring.trace.clockText(log.peers[i][0], log.sent[i]) : "",
          clockring.trace.clockText(m, i),
          String(log.queue[i]),
        ]),
      ),
    );
    ["A", "B", "C"].forEach((name, m) => {
      const rows = log(directory, name).map(([tick, , ...rest]) => [tick, ...rest.slice(0, 5)]);
      assert.deepEqual(shown[m], rows, `${name}, ${clock}`);
    });
    await closePage(page);
  }
});

test("a click chooses, the keyboard goes on, the buttons switch the axis", async (t) => {
  const page = await openPage(browser, reportOf(simulate(t, "--rates", "1,3,6", "--seed", "7")));
  const chosen = () => page.evaluate(() => clockring.diagram.chosen);
  const title = () => page.locator("#details h3").textContent();
  await page.locator("#picture").scrollIntoViewIfNeeded();
  const [x, y] = await page.evaluate(() => {
    const { diagram } = clockring;
    return [diagram.x(0), diagram.y(diagram.position(0, 3))];
  });
  await page.locator("#picture").click({ position: { x, y } });
  assert.deepEqual(await chosen(), { machine: 0, index: 3 });
  assert.match(await title(), /^A, tick 4: receive from/);
  assert.match(await page.locator("#details").textContent(), /waited/);
  await page.keyboard.press("Enter");
  assert.match(await title(), /^[BC], tick \d+: send to/);
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  assert.deepEqual((await chosen()).machine, 0);
  await page.keyboard.press("ArrowRight");
  assert.deepEqual((await chosen()).machine, 1);
  await page.keyboard.press("Escape");
  assert.equal(await chosen(), null);

  const order = () => page.evaluate(() => [clockring.diagram.position(0, 9), clockring.diagram.position(2, 20)]);
  const bySystem = await order();
  await page.click("#axis-logical");
  assert.equal(await page.getAttribute("#axis-logical", "aria-pressed"), "true");
  assert.equal(await page.getAttribute("#axis-time", "aria-pressed"), "false");
  assert.notDeepEqual(await order(), bySystem);
  const down = await page.evaluate(() =>
    clockring.trace.logs.every((log, m) =>
      log.sent.every((sent, i) => sent < 0 || clockring.diagram.position(log.peers[i][0], sent) < clockring.diagram.position(m, i)),
    ),
  );
  assert.ok(down, "by logical time, every message goes down the page");
  const before = await page.evaluate(() => clockring.diagram.view.perPixel);
  await page.click("#zoom-in");
  assert.ok((await page.evaluate(() => clockring.diagram.view.perPixel)) < before);
  await closePage(page);
});

test("a wait in the diagram is a lower bound, and says so", async (t) => {
  const directory = simulate(t, "--rates", "1,3,6", "--seed", "7", "--for", "20");
  const page = await openPage(browser, reportOf(directory));
  const shown = await page.evaluate(async () => {
    const texts = [];
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
      texts.push(String(text));
      return fillText.call(this, text, ...rest);
    };
    clockring.diagram.redraw();
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    CanvasRenderingContext2D.prototype.fillText = fillText;
    return texts;
  });
  const waits = shown.filter((text) => /\d m?s$/.test(text));
  assert.ok(waits.length > 3, `${shown}`);
  for (const text of waits) assert.match(text, /^at least [\d.]+ m?s$/);
  // Every message of this run was 0.2 ms under way, so it is known how long each waited.
  const bounds = await page.evaluate(() =>
    clockring.trace.logs.flatMap((log, m) =>
      log.waited.flatMap((waited, i) =>
        waited > 0 ? [[log.time[i] - log.time[i - waited], log.time[i] - clockring.trace.logs[log.peers[i][0]].time[log.sent[i]] - 0.0002]] : [],
      ),
    ),
  );
  assert.ok(bounds.length > 10 && bounds.every(([least, wait]) => least <= wait + 1e-9), `${bounds}`);
  assert.ok(bounds.some(([least, wait]) => least < wait - 0.1), "and many waited longer than the bound");
  await closePage(page);
});

for (const [name, viewport] of [["a screen", { width: 1200, height: 900 }], ["a phone", { width: 360, height: 640 }]]) {
  test(`the whole run is the whole run, from its first event to its last: ${name}`, async (t) => {
    for (const clock of ["lamport", "hybrid"]) {
      const directory = simulate(t, "--rates", "1,3,6", "--seed", "7", "--clock", clock);
      const page = await openPage(browser, reportOf(directory), { viewport });
      for (const axis of ["time", "logical"]) {
        await page.click(`#axis-${axis}`);
        await page.click("#show-all");
        const [first, last, head, height] = await page.evaluate(() => {
          const { diagram, trace } = clockring;
          const ys = trace.logs.flatMap((log, m) => [diagram.y(diagram.position(m, 0)), diagram.y(diagram.position(m, log.length - 1))]);
          return [Math.min(...ys), Math.max(...ys), HEAD, diagram.height];
        });
        assert.ok(first >= head && last <= height, `${clock}, ${axis}: ${first} to ${last} in ${head} to ${height}`);
        assert.ok(last - first > 0.8 * (height - head), `${clock}, ${axis}: it fills the picture`);
      }
      await closePage(page);
    }
  });
}

test("a full queue has a line in the chart, and one with room has none", async (t) => {
  for (const [capacity, lines] of [["20", ["full: 40"]], ["4095", []]]) {
    const directory = simulate(t, "--rates", "1,6,6", "--seed", "7", "--sides", "4", "--capacity", capacity);
    const page = await openPage(browser, reportOf(directory));
    const shown = await page.evaluate(async () => {
      const texts = [];
      const { fillText } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
        texts.push(String(text));
        return fillText.call(this, text, ...rest);
      };
      matchMedia("(prefers-color-scheme: dark)").dispatchEvent(new Event("change"));
      dispatchEvent(new Event("beforeprint"));
      await new Promise((done) => setTimeout(done, 100));
      CanvasRenderingContext2D.prototype.fillText = fillText;
      return texts.filter((text) => text.startsWith("full"));
    });
    assert.deepEqual([...new Set(shown)], lines, `capacity ${capacity}`);
    await closePage(page);
  }
});

test("a hybrid clock is read as a time and a count, beside the physical clock", async (t) => {
  const directory = simulate(t, "--rates", "1,3,6", "--seed", "7", "--clock", "hybrid", "--for", "20");
  const page = await openPage(browser, reportOf(directory));
  const [label, stamp, time] = await page.evaluate(() => {
    clockring.diagram.choose({ machine: 1, index: 4 });
    return [clockring.diagram.labelOf(1, 4), clockring.trace.clockText(1, 4), clockring.trace.logs[1].time[4]];
  });
  const [ns, count] = [(BigInt(stamp) >> 16n) << 16n, BigInt(stamp) & 0xffffn];
  const sinceStart = ns - 946684800n * 1000000000n;
  assert.equal(label, `${(Number(sinceStart) / 1e9).toFixed(6)}+${count}`);
  const details = await page.locator("#details").textContent();
  assert.match(details, /clock00:00:01\.6\d{5}\+0/);
  const ahead = Math.round(Number(sinceStart) / 1000 - time * 1e6);
  assert.ok(ahead <= 0 && details.includes(`its physical clock${-ahead} µs ahead of it`), details);
  assert.match(await page.locator("#charts h2").first().textContent(), /ahead of its physical clock/);
  assert.equal(await page.locator(".chart canvas").count(), 2);
  await closePage(page);
});

test("a violation leads to its place in the diagram", async (t) => {
  const directory = simulate(t, "--rates", "1,3,6", "--seed", "7");
  const path = join(directory, "A.csv");
  const lines = readFileSync(path, "utf8").split("\n");
  const fields = lines[9].split(",");
  fields[5] = fields[4];
  lines[9] = fields.join(",");
  writeFileSync(path, lines.join("\n"));
  const page = await openPage(browser, reportOf(directory));
  const link = page.locator("#verdict li", { hasText: "clock-condition" }).locator("a").first();
  await link.click();
  assert.deepEqual(await page.evaluate(() => clockring.diagram.chosen), { machine: 0, index: 8 });
  assert.match(await page.locator("#details .bad").first().textContent(), /^V\d/);
  await closePage(page);
});

test("what a run directory says is never taken for HTML", async (t) => {
  const directory = simulate(t, "--rates", "1,3,6", "--seed", "7", "--for", "10");
  const evil = `${directory}-<img src=x onerror=alert(1)>-</script><script>alert(2)</script>`;
  const manifest = JSON.parse(readFileSync(join(directory, "A.json"), "utf8"));
  manifest.version = "<script>alert(3)</script>";
  writeFileSync(join(directory, "A.json"), JSON.stringify(manifest));
  const { renameSync } = await import("node:fs");
  renameSync(directory, evil.replaceAll("/script", "script"));
  const target = join(directory, "..", "page.html");
  clockring("report", evil.replaceAll("/script", "script"), "-o", target);
  const page = await openPage(browser, `file://${target}`);
  assert.equal(await page.locator("img").count(), 0);
  assert.match(await page.locator("h1").textContent(), /<img src=x onerror=alert\(1\)>/);
  await closePage(page);
});

test("one machine alone and a run that goes on are shown as far as they are there", async (t) => {
  const directory = simulate(t, "--rates", "1,3,6", "--seed", "7", "--for", "20");
  const { rmSync } = await import("node:fs");
  for (const name of ["B.csv", "B.json", "C.csv", "C.json"]) rmSync(join(directory, name));
  const manifest = JSON.parse(readFileSync(join(directory, "A.json"), "utf8"));
  for (const key of ["ended", "ended_ns", "ticks", "left_in_queue"]) delete manifest[key];
  writeFileSync(join(directory, "A.json"), JSON.stringify(manifest));
  const text = readFileSync(join(directory, "A.csv"), "utf8");
  writeFileSync(join(directory, "A.csv"), text.slice(0, -7));
  const page = await openPage(browser, reportOf(directory));
  assert.match(await page.locator("#verdict").textContent(), /Not judged/);
  assert.match(await page.locator("body").textContent(), /No machine had ended/);
  assert.equal(await page.evaluate(() => clockring.trace.logs[0].length), 19);
  await closePage(page);
});

test("100,000 events open and move", async (t) => {
  const directory = simulate(t, "--rates", "1000,3000,6000", "--seed", "7", "--for", "10");
  const url = reportOf(directory);
  const started = performance.now();
  const page = await openPage(browser, url);
  const events = await page.evaluate(() => clockring.trace.length);
  t.diagnostic(`opened ${events} events in ${Math.round(performance.now() - started)} ms`);
  assert.equal(events, 100_000);
  const frames = await page.evaluate(async () => {
    const { diagram } = clockring;
    diagram.showAll();
    const times = [];
    for (let i = 0; i < 30; i++) {
      const start = performance.now();
      diagram.pan(i % 2 ? 9 : -9);
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b);
  });
  t.diagnostic(`a frame of the whole run while panning: median ${frames[15].toFixed(0)} ms, worst ${frames.at(-1).toFixed(0)} ms`);
  assert.match(await page.locator("#thinned").textContent(), /one in \d+ arrows/);
  await closePage(page);
});

test("a report of a minute is small, and one of very many events is thinned and says so", async (t) => {
  const minute = simulate(t, "--machines", "26", "--rate", "6", "--sides", "30", "--seed", "1");
  reportOf(minute);
  assert.ok(statSync(join(minute, "report.html")).size < 1_000_000);
  const long = simulate(t, "--rates", "30000,40000,60000", "--seed", "1", "--for", "2");
  const page = await openPage(browser, reportOf(long));
  assert.match(await page.locator("#thinned-run").textContent(), /152000 events are left out/);
  const length = await page.evaluate(() => clockring.trace.length);
  assert.ok(length > 100_000 && length <= 120_000, `${length} events are drawn`);
  assert.match(await page.locator("#machines").textContent(), /120000/, "the table tells of all events");
  await closePage(page);
});

test("on paper there are no buttons", async (t) => {
  const page = await openPage(browser, reportOf(simulate(t, "--rates", "1,3,6", "--seed", "7")));
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("#zoom-in").isVisible(), false);
  assert.ok((await page.pdf()).length > 10_000);
  await closePage(page);
});
