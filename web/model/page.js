"use strict";

/** The page: what its controls do, and what it shows of the model. */
class Page {
  constructor(model) {
    this.element = (id) => document.getElementById(id);
    this.model = model;
    this.running = false;
    this.situation = situationFromHash(location.hash);
    this.model.start(this.situation);
    this.diagram = new Diagram(this.element("picture"), model.trace, {
      onChoose: (place, causality) => this.chosen(place, causality),
    });
    this.diagram.labelOf = (machine, index) =>
      this.situation.label === "vector" ? this.model.trace.logs[machine].vector[index].join(" ") : this.model.trace.clockText(machine, index);
    const onTime = (time) => this.diagram.choose(this.diagram.nearestInTime(time), { centre: true });
    this.charts = ["clock", "queue"].map((column) => ({
      column,
      chart: new TimeChart(this.element(`chart-${column}`), model.trace.names, { onTime }),
    }));
    addMachineRows(this.element("machines").tBodies[0], model.trace.names);
    this.bind();
    this.restore(this.situation);
    addEventListener("hashchange", () => {
      if (location.hash !== situationToHash(this.situation)) this.restore(situationFromHash(location.hash));
    });
  }

  /** Shows a situation exactly: runs the model to its tick. */
  restore(situation) {
    this.situation = situation;
    for (const machine of [0, 1, 2]) this.element(`rate-${machine}`).value = situation.rates[machine];
    for (const id of ["sides", "seed", "latency"]) this.element(id).value = situation[id];
    for (const box of document.querySelectorAll("[data-rule]")) box.checked = !(situation.broken & Number(box.dataset.rule));
    this.rerun(situation.ticks);
    this.diagram.setAxis(situation.axis);
    markAxis(this.diagram, this.element);
    this.scale();
    const [, name, tick] = situation.chosen.match(/^([ABC])(\d+)$/) ?? [];
    const machine = this.model.trace.names.indexOf(name);
    const there = machine >= 0 && Number(tick) <= this.model.trace.logs[machine].length;
    this.diagram.choose(there ? { machine, index: Number(tick) - 1 } : null, { centre: true });
  }

  /** Begins again and makes `ticks` ticks. */
  rerun(ticks) {
    this.model.start(this.situation);
    this.diagram.trace = this.model.trace;
    this.diagram.chosen = null;
    while (this.model.ticks < Math.min(ticks, TICKS_MAX)) this.model.tick();
    this.now = this.model.ticks > 0 ? this.model.trace.end : 0;
    this.show();
  }

  /** The settings were changed: the same number of ticks under the new ones. */
  changed() {
    const rates = [0, 1, 2].map((machine) => Number(this.element(`rate-${machine}`).value));
    const seed = Math.min(Math.max(Math.trunc(Number(this.element("seed").value)) || 0, 0), 4294967295);
    const boxes = [...document.querySelectorAll("[data-rule]")];
    const broken = boxes.reduce((sum, box) => sum + (box.checked ? 0 : Number(box.dataset.rule)), 0);
    const [sides, latency] = ["sides", "latency"].map((id) => Number(this.element(id).value));
    Object.assign(this.situation, { rates, seed, broken, sides, latency });
    this.rerun(this.model.ticks);
    this.scale();
    this.diagram.choose(null);
  }

  bind() {
    const on = (id, action) => this.element(id).addEventListener("click", action);
    on("run", () => this.setRunning(!this.running));
    on("step", () => this.pausedAt(() => this.model.ticks < TICKS_MAX && this.model.tick()));
    on("back", () => this.pausedAt(() => this.rerun(Math.max(0, this.model.ticks - 1))));
    on("restart", () => this.pausedAt(() => this.rerun(0)));
    on("copy", () => this.copyLink());
    for (const id of ["rate-0", "rate-1", "rate-2", "sides", "seed", "latency"]) {
      this.element(id).addEventListener("input", () => this.changed());
    }
    for (const box of document.querySelectorAll("[data-rule]")) box.addEventListener("change", () => this.changed());
    this.element("speed").addEventListener("input", () => (this.element("speed-text").value = `×${this.speed}`));
    for (const label of ["clock", "vector"]) on(`label-${label}`, () => this.setLabel(label));
    for (const gesture of ["pointerdown", "wheel", "keydown"]) {
      this.diagram.canvas.addEventListener(gesture, () => (this.element("follow").checked = false));
    }
    bindDiagramButtons(this.diagram, this.element);
    for (const axis of ["time", "logical"]) {
      on(`axis-${axis}`, () => {
        this.situation.axis = axis;
        this.scale();
        this.keepLink();
      });
    }
  }

  get speed() {
    return 2 ** Number(this.element("speed").value);
  }

  setRunning(running) {
    this.running = running;
    this.element("run").setAttribute("aria-pressed", running);
    this.element("run").textContent = running ? "pause" : "run";
    if (!running) return this.keepLink();
    let last = performance.now();
    const frame = (now) => {
      if (!this.running) return;
      // A page in the background is not called; it goes on from where it was, not from where it would be.
      this.now += Math.min(0.1, (now - last) / 1000) * this.speed;
      last = now;
      this.runUntil(this.now);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  runUntil(time) {
    const before = this.model.ticks;
    while (this.model.due <= time && this.model.ticks < TICKS_MAX) this.model.tick();
    if (this.model.ticks === TICKS_MAX) this.setRunning(false);
    if (this.model.ticks > before) this.show();
  }

  /** Does something to the run by hand. */
  pausedAt(action) {
    this.setRunning(false);
    action();
    if (this.model.ticks > 0) this.now = this.model.trace.end;
    this.show();
    this.keepLink();
  }

  setLabel(label) {
    this.situation.label = label;
    for (const other of ["clock", "vector"]) this.element(`label-${other}`).setAttribute("aria-pressed", label === other);
    this.diagram.redraw();
    this.keepLink();
  }

  /** A scale at which the timestamps of the fastest machine can be read. */
  scale() {
    this.diagram.view.perPixel = 1 / 18 / (this.situation.axis === "time" ? Math.max(...this.situation.rates) : 1);
    if (this.element("follow").checked) this.diagram.showEnd();
    this.setLabel(this.situation.label);
  }

  chosen(place, causality) {
    const { trace } = this.model;
    showDetails(this.element("details"), trace, place, causality, place ? this.brokenAt(place) : []);
    this.situation.chosen = place ? `${trace.names[place.machine]}${place.index + 1}` : "";
    if (!this.running) this.keepLink();
  }

  brokenAt({ machine, index }) {
    const here = (places) => places.some((place) => place.machine === machine && place.index === index);
    return RULES.filter(([bit]) => here(this.model.violations.get(bit))).map(([, name, claim]) => `${name}: ${claim}`);
  }

  /** Shows what the model has come to. */
  show() {
    showMachines(this.element, this.model);
    showVerdict(this.element("verdict"), this.model, (place) => this.diagram.choose(place, { centre: true }));
    // The details say which rules; names beside every mark would hide the arrows.
    const flags = RULES.flatMap(([bit]) => this.model.violations.get(bit).map((place) => ({ ...place, name: "" })));
    this.diagram.flag(flags);
    if (this.element("follow").checked) this.diagram.showEnd();
    // Charts are heavier than the rest, and no eye follows sixty a second.
    this.chartTimer ??= setTimeout(() => {
      this.chartTimer = null;
      const { logs } = this.model.trace;
      for (const { column, chart } of this.charts) chart.setLines(logs.map((log) => ({ time: log.time, values: log[column] })));
    }, 120);
    const { rates, sides, seed, latency, broken } = this.situation;
    this.element("sides-text").value = sides;
    const length = Math.max(60, Math.ceil(this.model.trace.end));
    const command = `clockring sim --rates ${rates} --sides ${sides} --seed ${seed} --latency ${latency}ms --for ${length}`;
    // The program has no rule to switch off: its run would be another.
    this.element("same").textContent = broken ? "" : `The same events, and those after them: ${command}`;
  }

  /** Puts the whole situation into the address. */
  keepLink() {
    this.situation.ticks = this.model.ticks;
    // Browsers allow a limited number of these a second; a link that is a moment old is no harm.
    clearTimeout(this.linkTimer);
    this.linkTimer = setTimeout(() => history.replaceState(null, "", situationToHash(this.situation)), 100);
  }

  async copyLink() {
    this.situation.ticks = this.model.ticks;
    history.replaceState(null, "", situationToHash(this.situation));
    const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    this.element("copy").textContent = copied ? "copied" : "the link is in the address bar";
    setTimeout(() => (this.element("copy").textContent = "copy a link to exactly this"), 2000);
  }
}

if (typeof MODEL_WASM !== "undefined") {
  Model.load().then((model) => {
    // For tests, and for whoever opens the console.
    window.clockring = new Page(model);
  });
}
