"use strict";

/**
 * The space-time diagram (Lamport 1978): a line per machine, time downwards, events as marks, messages as arrows.
 *
 * Drawn by hand on a canvas because nothing at hand draws 100,000 events and their arrows, switches between system and
 * logical time, and shows causal past and future. What is drawn is what is in view; what is too dense to be told apart
 * is thinned, and `onThinned` is told.
 */
class Diagram {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Trace} trace
   * @param {{onChoose?: Function, onThinned?: Function}} listeners `onChoose(place, causality)` when an event is chosen
   *        or let go; `onThinned(parts)` when only one in `parts` arrows is drawn
   */
  constructor(canvas, trace, { onChoose = () => {}, onThinned = () => {} } = {}) {
    this.canvas = canvas;
    this.trace = trace;
    this.onChoose = onChoose;
    this.onThinned = onThinned;
    /** "time" for system time, "logical" for the clock. */
    this.axis = "time";
    /** The position at the top edge, and how many positions there are to a pixel. */
    this.view = { top: 0, perPixel: 1 };
    this.chosen = null;
    /** What stands beside a mark. */
    this.labelOf = (machine, index) => this.trace.clockLabel(machine, index);
    /** Events that break a rule: for each machine, index to the names of the findings. */
    this.flagged = trace.names.map(() => new Map());
    this.frame = 0;
    new ResizeObserver(() => this.resize()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    new DiagramInput(this);
    this.resize();
    this.showStart();
  }

  /** Puts system time ("time") or logical time ("logical") on the vertical axis, keeping the middle in view. */
  setAxis(axis) {
    if (axis === this.axis) return;
    const middle = this.chosen ?? this.nearestInTime(this.view.top + (this.height / 2) * this.view.perPixel);
    const share = (this.height * this.view.perPixel) / this.extent();
    this.axis = axis;
    this.view.perPixel = (share * this.extent()) / this.height;
    if (middle) this.centre(middle);
    this.pan(0);
  }

  /** Chooses an event `{machine, index}`, or lets go of the one that is chosen (`null`). */
  choose(place, { centre = false } = {}) {
    this.chosen = place;
    this.causality = place && {
      past: this.trace.past(place.machine, place.index),
      future: this.trace.future(place.machine, place.index),
    };
    if (place && (centre || !this.inView(place))) this.centre(place);
    this.onChoose(place, this.causality);
    this.redraw();
  }

  /** How an event relates to the chosen one: "chosen", "past", "future", "concurrent", or "" if none is chosen. */
  relation(machine, index) {
    if (!this.chosen) return "";
    if (machine === this.chosen.machine && index === this.chosen.index) return "chosen";
    if (index < this.causality.past[machine]) return "past";
    return index >= this.causality.future[machine] ? "future" : "concurrent";
  }

  /** Marks events that break a rule: a list of `{machine, index, name}`. */
  flag(findings) {
    this.flagged = this.trace.names.map(() => new Map());
    for (const { machine, index, name } of findings) {
      const names = this.flagged[machine];
      names.set(index, [...(names.get(index) ?? []), name]);
    }
    this.redraw();
  }

  /** Shows the whole run. */
  showAll() {
    this.view = { top: -0.02 * this.extent(), perPixel: this.wholePerPixel() };
    this.redraw();
  }

  /** The scale at which the whole run fits below the line of names, with a little room at both ends. */
  wholePerPixel() {
    return (1.04 * this.extent()) / Math.max(1, this.height - HEAD);
  }

  /** Shows the beginning, at a scale where timestamps can be read. */
  showStart() {
    const crowd = Math.max(1, ...this.trace.logs.map((log) => log.length));
    const readable = this.extent() / (crowd * 18);
    this.view = { top: 0, perPixel: Math.min(readable, this.wholePerPixel()) };
    this.view.top = -24 * this.view.perPixel;
    this.redraw();
  }

  /** Shows the end, at the scale that is set: for a run that grows. */
  showEnd() {
    const room = this.height - HEAD - 30;
    this.view.top = Math.max(-24 * this.view.perPixel, this.extent() - room * this.view.perPixel);
    this.redraw();
  }

  zoom(factor, y = this.height / 2) {
    const fixed = this.view.top + (y - HEAD) * this.view.perPixel;
    const coarsest = (2 * this.extent()) / this.height;
    const perPixel = Math.min(Math.max(this.view.perPixel * factor, this.extent() * 1e-9), coarsest);
    this.view = { top: fixed - (y - HEAD) * perPixel, perPixel };
    this.redraw();
  }

  /** Moves by some pixels, and never far beyond the ends of the run. */
  pan(pixels) {
    const { perPixel } = this.view;
    const top = this.view.top + pixels * perPixel;
    const lowest = this.extent() - 0.5 * this.height * perPixel;
    this.view.top = Math.max(Math.min(top, lowest), -24 * perPixel);
    this.redraw();
  }

  centre(place) {
    this.view.top = this.position(place.machine, place.index) - (this.height / 2 - HEAD) * this.view.perPixel;
    this.pan(0);
  }

  /** Where an event is on the vertical axis: seconds, or the clock. */
  position(machine, index) {
    return this.column(machine)[index];
  }

  column(machine) {
    return this.trace.logs[machine][this.axis === "time" ? "time" : "clock"];
  }

  /** As `column`, but rising even where a broken log goes back: for searching. */
  reach(machine) {
    return this.trace.logs[machine][this.axis === "time" ? "timeReach" : "clockReach"];
  }

  /** The length of the axis. */
  extent() {
    return Math.max(1e-6, ...this.trace.logs.map((_, machine) => this.reach(machine).at(-1) ?? 0));
  }

  x(machine) {
    const room = this.width - AXIS - SCROLL;
    return AXIS + (room * (machine + 0.5)) / this.trace.names.length;
  }

  y(position) {
    return HEAD + (position - this.view.top) / this.view.perPixel;
  }

  inView(place) {
    const y = this.y(this.position(place.machine, place.index));
    return y > HEAD + 10 && y < this.height - 10;
  }

  /** The event nearest to a point, `null` if none is within reach of a finger. */
  at(x, y) {
    let nearest = null;
    let distance = 22;
    this.trace.logs.forEach((log, machine) => {
      const position = this.view.top + (y - HEAD) * this.view.perPixel;
      const around = lowerBound(this.reach(machine), position);
      for (let index = Math.max(0, around - 2); index < Math.min(log.length, around + 2); index++) {
        const d = Math.hypot((this.x(machine) - x) / 2, this.y(this.position(machine, index)) - y);
        if (d < distance) [nearest, distance] = [{ machine, index }, d];
      }
    });
    return nearest;
  }

  nearestInTime(position) {
    let nearest = null;
    this.trace.logs.forEach((log, machine) => {
      if (log.length === 0) return;
      const index = Math.min(lowerBound(this.reach(machine), position), log.length - 1);
      const d = Math.abs(this.position(machine, index) - position);
      if (!nearest || d < nearest.d) nearest = { machine, index, d };
    });
    return nearest && { machine: nearest.machine, index: nearest.index };
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    const ratio = devicePixelRatio || 1;
    this.width = clientWidth || 300;
    this.height = clientHeight || 150;
    this.canvas.width = this.width * ratio;
    this.canvas.height = this.height * ratio;
    this.canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    this.redraw();
  }

  redraw() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.onThinned(new DiagramPicture(this).draw());
    });
  }
}

/** The height of the line of names, and the widths of the axis and of the strip that shows where we are, in pixels. */
const HEAD = 26;
const AXIS = 58;
const SCROLL = 12;
