"use strict";

/** The most arrows in one frame: more cannot be told apart, and would make panning stutter. */
const ARROWS_MAX = 1200;

/** The most waiting messages in view that have their time written beside them. */
const WAITS_LABELLED_MAX = 24;

/** How many waiting messages are drawn beside each other before the next covers the first. */
const WAITING_BESIDE = 5;

/** The distance between them, in pixels: their times stand along them. */
const WAIT_WIDTH = 9;

/** One frame of a diagram. */
class DiagramPicture {
  /** @param {Diagram} diagram */
  constructor(diagram) {
    this.diagram = diagram;
    this.pen = diagram.canvas.getContext("2d");
    const style = getComputedStyle(diagram.canvas);
    const colours = new Map();
    this.colour = (name) => {
      if (!colours.has(name)) colours.set(name, style.getPropertyValue(`--${name}`).trim());
      return colours.get(name);
    };
    this.font = (size, weight = "") => `${weight} ${size}px ${style.fontFamily}`;
    const { view, height } = diagram;
    this.top = view.top;
    this.bottom = view.top + (height - HEAD) * view.perPixel;
    /** For each machine, which of its events are in view. */
    this.shown = diagram.trace.logs.map((_, machine) => this.visible(machine));
  }

  /** Draws, and returns how many arrows stand for one. */
  draw() {
    const { pen, diagram } = this;
    pen.fillStyle = this.colour("paper");
    pen.fillRect(0, 0, diagram.width, diagram.height);
    pen.save();
    pen.beginPath();
    pen.rect(0, HEAD, diagram.width, diagram.height - HEAD);
    pen.clip();
    this.drawAxis();
    this.drawLines();
    this.drawGaps();
    const parts = this.drawMessages();
    diagram.trace.logs.forEach((_, machine) => this.drawEvents(machine));
    pen.restore();
    this.drawHead();
    this.drawScroll();
    return parts;
  }

  /** The indices of a machine's events in view, one more at either end. */
  visible(machine) {
    const reach = this.diagram.reach(machine);
    const from = Math.max(0, lowerBound(reach, this.top) - 1);
    return { from, to: Math.min(reach.length, lowerBound(reach, this.bottom) + 1) };
  }

  drawHead() {
    const { pen, diagram } = this;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.font = this.font(14, "bold");
    pen.fillStyle = this.colour("ink");
    diagram.trace.names.forEach((name, machine) => pen.fillText(name, diagram.x(machine), HEAD / 2));
    pen.font = this.font(11);
    pen.fillStyle = this.colour("muted");
    pen.textAlign = "left";
    const logical = diagram.trace.isHybrid ? "clock, s" : "clock";
    pen.fillText(diagram.axis === "time" ? "seconds" : logical, 4, HEAD / 2);
  }

  drawLines() {
    const { pen, diagram } = this;
    pen.strokeStyle = this.colour("line");
    pen.lineWidth = 1.5;
    pen.beginPath();
    diagram.trace.logs.forEach((log, machine) => {
      const end = diagram.reach(machine).at(-1) ?? 0;
      pen.moveTo(diagram.x(machine), Math.max(HEAD, diagram.y(0)));
      pen.lineTo(diagram.x(machine), Math.min(diagram.height, diagram.y(end) + 12));
    });
    pen.stroke();
  }

  drawAxis() {
    const { pen, diagram } = this;
    // A hybrid clock counts nanoseconds; they are read as seconds.
    const unit = diagram.axis === "logical" && diagram.trace.isHybrid ? 1e9 : 1;
    const step = niceStep(70 * diagram.view.perPixel, diagram.axis === "logical");
    const digits = Math.max(0, Math.ceil(-Math.log10(step / unit)));
    pen.font = this.font(11);
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.strokeStyle = this.colour("grid");
    pen.fillStyle = this.colour("muted");
    pen.lineWidth = 1;
    pen.beginPath();
    for (let n = Math.max(0, Math.ceil(this.top / step)); n * step <= this.bottom; n++) {
      const y = Math.round(diagram.y(n * step)) + 0.5;
      pen.moveTo(AXIS - 10, y);
      pen.lineTo(diagram.width - SCROLL, y);
      pen.fillText(((n * step) / unit).toFixed(digits), 4, y);
    }
    pen.stroke();
  }

  /** Bands for the parts of a long run that the report left out. */
  drawGaps() {
    const { pen, diagram } = this;
    for (const gap of diagram.trace.gaps) {
      const [from, to] = diagram.axis === "time" ? [gap.from, gap.to] : [gap.clock_from, gap.clock_to];
      if (to < this.top || from > this.bottom) continue;
      const y = Math.max(HEAD, diagram.y(from));
      const height = Math.max(2, Math.min(diagram.height, diagram.y(to)) - y);
      pen.fillStyle = this.colour("grid");
      pen.fillRect(AXIS, y, diagram.width - AXIS - SCROLL, height);
      if (height < 16) continue;
      pen.font = this.font(12);
      pen.textAlign = "center";
      pen.fillStyle = this.colour("muted");
      const text = `${gap.events.toLocaleString("en")} ${gap.events === 1 ? "event" : "events"} left out here`;
      pen.fillText(text, (AXIS + diagram.width - SCROLL) / 2, y + height / 2);
    }
  }

  /** Every message in view: an arrow, then a thick line while it waits in the queue. */
  drawMessages() {
    const { diagram } = this;
    const inView = diagram.trace.links.flatMap((links, from) =>
      links.map((link, to) => ({ from, to, link, ...this.messagesInView(from, to, link) })),
    );
    const count = inView.reduce((sum, { first, end }) => sum + Math.max(0, end - first), 0);
    const parts = Math.max(1, Math.ceil(count / ARROWS_MAX));
    const groups = new Map();
    for (const { from, to, link, first, end } of inView) {
      // Multiples of `parts`, so that panning does not make arrows flicker.
      for (let k = Math.ceil(first / parts) * parts; k < end; k += parts) {
        const relation = this.relationOfMessage(from, link.send[k], to, link.receive[k]);
        if (!groups.has(relation)) groups.set(relation, []);
        groups.get(relation).push([from, link.send[k], to, link.receive[k]]);
      }
    }
    const dense = count > 600;
    for (const relation of ["concurrent", "", "past", "future"]) {
      this.drawArrows(groups.get(relation) ?? [], relation, dense);
    }
    diagram.trace.logs.forEach((log, machine) => this.drawUnsent(log, machine));
    return parts;
  }

  /** The messages of a link whose arrow crosses the view. */
  messagesInView(from, to, link) {
    const first = lowerBound(link.receive, this.shown[to].from);
    return { first, end: lowerBound(link.sendReach, this.shown[from].to) };
  }

  relationOfMessage(from, send, to, receive) {
    const { diagram } = this;
    if (!diagram.chosen) return "";
    const [a, b] = [diagram.relation(from, send), diagram.relation(to, receive)];
    if ((a === "past" || a === "chosen") && (b === "past" || b === "chosen")) return "past";
    return (a === "future" || a === "chosen") && b === "future" ? "future" : "concurrent";
  }

  drawArrows(messages, relation, dense) {
    const { pen, diagram } = this;
    const colour = this.colour(relation === "past" || relation === "future" ? relation : "arrow");
    const lines = new Path2D();
    const heads = new Path2D();
    const waiting = new Path2D();
    const labels = [];
    for (const [from, send, to, receive] of messages) {
      const [x1, x2] = [diagram.x(from), diagram.x(to)];
      const y1 = diagram.y(diagram.position(from, send));
      const received = diagram.y(diagram.position(to, receive));
      const waited = diagram.trace.logs[to].waited[receive];
      // It was first seen waiting `waited` ticks before it was taken.
      const arrived = waited > 0 ? diagram.y(diagram.position(to, Math.max(0, receive - waited))) : received;
      const y2 = Math.min(Math.max(arrived, Math.min(y1, received)), received);
      const waits = received - y2 > 1;
      // Messages that wait at the same time stand beside each other.
      const end = x2 + Math.sign(x1 - x2) * (6 + (waits ? WAIT_WIDTH * (receive % WAITING_BESIDE) : 0));
      lines.moveTo(x1, y1);
      lines.lineTo(end, y2);
      if (waits) {
        waiting.moveTo(end, y2);
        waiting.lineTo(end, received);
        labels.push([this.waitText(to, receive, waited), end, (y2 + received) / 2, received - y2]);
      }
      if (dense) continue;
      const angle = Math.atan2(y2 - y1, end - x1);
      heads.moveTo(end, y2);
      heads.lineTo(end - 8 * Math.cos(angle - 0.4), y2 - 8 * Math.sin(angle - 0.4));
      heads.lineTo(end - 8 * Math.cos(angle + 0.4), y2 - 8 * Math.sin(angle + 0.4));
      heads.closePath();
    }
    pen.globalAlpha = relation === "concurrent" ? 0.15 : dense ? 0.5 : 1;
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = relation === "past" || relation === "future" ? 2 : 1.2;
    pen.setLineDash(relation === "future" ? [6, 3] : []);
    pen.stroke(lines);
    pen.setLineDash([]);
    pen.fill(heads);
    pen.lineWidth = 3;
    pen.globalAlpha *= 0.55;
    if (relation === "" || relation === "concurrent") pen.strokeStyle = this.colour("wait");
    pen.stroke(waiting);
    pen.globalAlpha = 1;
    if (relation !== "concurrent" && labels.length <= WAITS_LABELLED_MAX) this.drawWaits(labels);
  }

  /** A lower bound of a wait: from the first tick after which the message was there. It came before that tick, and logs do
   *  not say when. */
  waitText(machine, receive, waited) {
    const { time } = this.diagram.trace.logs[machine];
    return `at least ${seconds(time[receive] - time[Math.max(0, receive - waited)])}`;
  }

  /** How long messages waited, along their lines. */
  drawWaits(labels) {
    const { pen } = this;
    pen.font = this.font(9);
    pen.fillStyle = this.colour("muted");
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (const [text, x, y, length] of labels) {
      const width = pen.measureText(text).width + 4;
      if (length < width + 6) continue;
      pen.save();
      pen.translate(x, y);
      pen.rotate(-Math.PI / 2);
      pen.fillStyle = this.colour("paper");
      pen.fillRect(-width / 2, -5, width, 10);
      pen.fillStyle = this.colour("muted");
      pen.fillText(text, 0, 0.5);
      pen.restore();
    }
  }

  /** A short stub with a question mark where a message was received that nobody logged as sent. */
  drawUnsent(log, machine) {
    const { pen, diagram } = this;
    pen.strokeStyle = pen.fillStyle = this.colour("bad");
    pen.font = this.font(12, "bold");
    pen.textAlign = "center";
    const { from, to } = this.shown[machine];
    for (let i = from; i < to && to - from < ARROWS_MAX; i++) {
      if (log.kind[i] !== RECEIVE || log.sent[i] !== NEVER_SENT) continue;
      const y = diagram.y(diagram.position(machine, i));
      const side = Math.sign(log.peers[i][0] - machine);
      pen.beginPath();
      pen.moveTo(diagram.x(machine) + side * 6, y);
      pen.lineTo(diagram.x(machine) + side * 26, y - 12);
      pen.stroke();
      pen.fillText("?", diagram.x(machine) + side * 32, y - 15);
    }
  }

  drawEvents(machine) {
    const { diagram } = this;
    const { from, to } = this.shown[machine];
    const reach = diagram.reach(machine);
    const spacing = (diagram.height - HEAD) / Math.max(1, to - from - 1);
    const radius = Math.min(6, Math.max(1.2, spacing / 3));
    let lastLabel = -Infinity;
    // Marks on the same pixel look like one: on to the next that is far enough away.
    for (let i = from; i < to; i = Math.max(i + 1, lowerBound(reach, reach[i] + 0.7 * diagram.view.perPixel))) {
      const y = diagram.y(diagram.position(machine, i));
      const labelled = radius > 3 && y - lastLabel >= 12;
      if (labelled) lastLabel = y;
      this.drawEvent(machine, i, radius, labelled);
    }
    const { chosen } = diagram;
    for (const [index, names] of diagram.flagged[machine]) {
      if (index < from || index >= to) continue;
      this.drawEvent(machine, index, Math.max(radius, 5), true);
      this.drawFlag(machine, diagram.y(diagram.position(machine, index)), names);
    }
    if (chosen?.machine === machine) this.drawEvent(machine, chosen.index, Math.max(radius, 5), true);
  }

  drawEvent(machine, index, radius, labelled) {
    const { pen, diagram } = this;
    const y = diagram.y(diagram.position(machine, index));
    const relation = diagram.relation(machine, index);
    this.drawMark(diagram.trace.logs[machine].kind[index], diagram.x(machine), y, radius, relation);
    if (!labelled) return;
    pen.font = this.font(11, relation === "chosen" ? "bold" : "");
    pen.fillStyle = this.colour(relation === "concurrent" ? "muted" : "ink");
    pen.globalAlpha = relation === "concurrent" ? 0.55 : 1;
    this.drawLabel(diagram.labelOf(machine, index), machine, y);
    pen.globalAlpha = 1;
  }

  /** A timestamp beside its mark, with a little paper behind it, so that arrows do not cross the digits. */
  drawLabel(text, machine, y) {
    const { pen, diagram } = this;
    const ink = pen.fillStyle;
    const width = pen.measureText(text).width;
    // All arrows meet the first machine's line from the right.
    const x = diagram.x(machine) + (machine === 0 ? -11 - width : 11);
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.fillStyle = this.colour("paper");
    pen.fillRect(x - 1, y - 6, width + 2, 12);
    pen.fillStyle = ink;
    pen.fillText(text, x, y);
  }

  /** A dot for an internal event, a triangle for a send, a square for a receive. */
  drawMark(kind, x, y, radius, relation) {
    const { pen } = this;
    const tone = { past: "past", future: "future", chosen: "chosen" }[relation] ?? "ink";
    pen.beginPath();
    if (kind === INTERNAL) pen.arc(x, y, radius * 0.6, 0, 7);
    else if (kind === RECEIVE) pen.rect(x - radius * 0.8, y - radius * 0.8, radius * 1.6, radius * 1.6);
    else {
      pen.moveTo(x - radius, y + radius * 0.8);
      pen.lineTo(x + radius, y + radius * 0.8);
      pen.lineTo(x, y - radius);
      pen.closePath();
    }
    pen.strokeStyle = this.colour(tone);
    pen.lineWidth = 1.3;
    // Concurrent events are hollow, future ones have a light centre, past ones are full: not by colour alone.
    pen.fillStyle = this.colour(relation === "concurrent" || relation === "future" ? "paper" : tone);
    pen.globalAlpha = relation === "concurrent" ? 0.45 : 1;
    pen.fill();
    pen.stroke();
    pen.globalAlpha = 1;
    if (relation === "chosen") {
      pen.beginPath();
      pen.arc(x, y, radius + 5, 0, 7);
      pen.lineWidth = 2.5;
      pen.stroke();
    }
  }

  /** A ring and an exclamation mark at an event that breaks a rule. */
  drawFlag(machine, y, names) {
    const { pen, diagram } = this;
    const x = diagram.x(machine);
    pen.strokeStyle = pen.fillStyle = this.colour("bad");
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, 9, 0, 7);
    pen.stroke();
    pen.font = this.font(12, "bold");
    // On the side where the timestamp is not.
    pen.textAlign = machine === 0 ? "left" : "right";
    pen.fillText(`! ${names.join(" ").trim()}`, x + (machine === 0 ? 13 : -13), y - 9);
  }

  /** The strip at the right edge: the whole run, and the part of it that is in view. */
  drawScroll() {
    const { pen, diagram } = this;
    const x = diagram.width - SCROLL;
    const room = diagram.height - HEAD;
    const extent = diagram.extent();
    const clamp = (position) => HEAD + room * Math.min(1, Math.max(0, position / extent));
    pen.fillStyle = this.colour("grid");
    pen.fillRect(x, HEAD, SCROLL, room);
    pen.fillStyle = this.colour("line");
    pen.fillRect(x + 2, clamp(this.top), SCROLL - 4, Math.max(6, clamp(this.bottom) - clamp(this.top)));
    pen.fillStyle = this.colour("bad");
    diagram.flagged.forEach((names, machine) => {
      for (const index of names.keys()) pen.fillRect(x, clamp(diagram.position(machine, index)) - 1, SCROLL, 2);
    });
  }
}

/** A step of 1, 2 or 5 times a power of ten that is at least `least`. */
function niceStep(least, whole) {
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((times) => times * power).find((step) => step >= least * 0.999);
  return whole ? Math.max(1, Math.round(step)) : step;
}
