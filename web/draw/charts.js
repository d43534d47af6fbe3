"use strict";

/** A line per machine against time, drawn by uPlot: one chart of several that share their time axis and cursor. */
class TimeChart {
  /**
   * @param {HTMLElement} parent
   * @param {string[]} names the machines' names
   * @param {{onTime?: Function, full?: number}} more `onTime(seconds)` when a time is clicked; `full`, a level line at the
   *        length of a full queue
   */
  constructor(parent, names, { onTime = () => {}, full = null } = {}) {
    this.parent = parent;
    this.names = names;
    this.full = full;
    this.chart = new uPlot(this.options(), [[], ...names.map(() => [])], parent);
    new ResizeObserver(() => this.chart.setSize(this.size())).observe(parent);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.chart.redraw());
    // Paper is narrower than a screen, and a canvas does not flow.
    addEventListener("beforeprint", () => this.chart.setSize({ width: PAPER_WIDTH, height: 220 }));
    addEventListener("afterprint", () => this.chart.setSize(this.size()));
    let pressed = 0;
    this.chart.over.addEventListener("pointerdown", (event) => (pressed = event.clientX));
    this.chart.over.addEventListener("click", (event) => {
      // A drag zooms, and ends with a click too.
      if (Math.abs(event.clientX - pressed) < 4) onTime(this.chart.posToVal(this.chart.cursor.left, "x"));
    });
  }

  /** @param {{time: number[], values: number[]}[]} lines one per machine, times rising */
  setLines(lines) {
    this.chart.setData(uPlot.join(lines.map(({ time, values }) => [time, values])));
  }

  size() {
    return { width: this.parent.clientWidth || 600, height: Math.min(280, Math.max(180, innerHeight * 0.35)) };
  }

  options() {
    const colour = (name) => getComputedStyle(this.parent).getPropertyValue(`--${name}`).trim();
    const axis = { stroke: () => colour("muted"), grid: { stroke: () => colour("grid"), width: 1 }, ticks: { show: false } };
    const stepped = uPlot.paths.stepped({ align: 1 });
    return {
      ...this.size(),
      padding: [8, 22, 0, 0],
      scales: { x: { time: false }, ...(this.full === null ? {} : { y: { range: (_, low, high) => [Math.min(0, low), 1.08 * Math.max(high, this.full)] } }) },
      axes: [
        { ...axis, values: (_, splits) => splits.map((split) => `${split} s`) },
        { ...axis, size: 58, values: (_, splits) => splits.map((split) => SHORT.format(split)) },
      ],
      cursor: { sync: { key: "run" }, points: { size: 7 } },
      legend: { live: true },
      series: [
        { label: "time", value: (_, time) => (time == null ? "–" : `${time.toFixed(2)} s`) },
        ...this.names.map((name, machine) => ({
          label: name,
          stroke: () => colour(`line-${machine % 6}`),
          dash: DASHES[machine % DASHES.length],
          width: 2,
          paths: stepped,
          spanGaps: true,
          points: { show: false },
          value: (chart, value, series, index) => this.valueAt(chart, series, index),
        })),
      ],
      hooks: { draw: [(chart) => this.drawNames(chart), (chart) => this.drawFull(chart)] },
    };
  }

  /** Every machine has its own times: at another machine's, its line is where it last was. */
  valueAt(chart, series, index) {
    const values = chart.data[series];
    for (let i = index; i >= 0 && i != null; i--) if (values[i] != null) return values[i].toLocaleString("en");
    return "–";
  }

  /** A dashed line at which the queue is full, and its length. */
  drawFull(chart) {
    if (this.full === null) return;
    const { ctx, bbox } = chart;
    const ratio = devicePixelRatio || 1;
    const y = Math.round(chart.valToPos(this.full, "y", true));
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = getComputedStyle(this.parent).getPropertyValue("--bad").trim();
    ctx.setLineDash([6 * ratio, 4 * ratio]);
    ctx.lineWidth = ratio;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = `${12 * ratio}px sans-serif`;
    ctx.textAlign = "left";
    ctx.textBaseline = "bottom";
    ctx.fillText(`full: ${this.full.toLocaleString("en")}`, bbox.left + 6 * ratio, y - 2 * ratio);
    ctx.restore();
  }

  /** Each machine's name at the end of its line, so that colour is not needed to tell them apart. */
  drawNames(chart) {
    const { ctx } = chart;
    const ratio = devicePixelRatio || 1;
    ctx.save();
    ctx.font = `bold ${12 * ratio}px sans-serif`;
    ctx.textBaseline = "middle";
    const ends = this.names.map((name, machine) => {
      const values = chart.data[machine + 1];
      for (let i = values.length - 1; i >= 0; i--) {
        if (values[i] != null && chart.data[0][i] <= chart.scales.x.max) {
          return { name, machine, y: chart.valToPos(values[i], "y", true) };
        }
      }
      return null;
    });
    let last = -Infinity;
    for (const end of ends.filter(Boolean).sort((a, b) => a.y - b.y)) {
      last = Math.max(end.y, last + 12 * ratio);
      ctx.fillStyle = getComputedStyle(this.parent).getPropertyValue(`--line-${end.machine % 6}`).trim();
      ctx.fillText(end.name, chart.bbox.left + chart.bbox.width + 5 * ratio, last);
    }
    ctx.restore();
  }
}

/** 1,200 as 1.2K: large numbers have no room beside a chart on a phone. */
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

/** What fits A4 and Letter with their margins, in CSS pixels. */
const PAPER_WIDTH = 640;

const DASHES = [[], [8, 4], [2, 3], [12, 3, 2, 3]];
