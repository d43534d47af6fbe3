"use strict";

/** Mouse, touch and keyboard for a diagram. */
class DiagramInput {
  /** @param {Diagram} diagram */
  constructor(diagram) {
    this.diagram = diagram;
    this.pointers = new Map();
    const { canvas } = diagram;
    canvas.tabIndex = 0;
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.up(event));
  }

  /** Ctrl and the wheel (which is also what pinching a touchpad sends) zooms. The wheel alone scrolls the page, unless
   *  the diagram has been clicked. */
  wheel(event) {
    const { diagram } = this;
    const pixels = event.deltaMode === 1 ? event.deltaY * 18 : event.deltaY;
    if (event.ctrlKey || event.metaKey) diagram.zoom(Math.exp(pixels / 250), event.offsetY);
    else if (document.activeElement === diagram.canvas) diagram.pan(pixels);
    else return;
    event.preventDefault();
  }

  down(event) {
    const { canvas } = this.diagram;
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    this.moved = 0;
    this.scrolling = event.offsetX > this.diagram.width - SCROLL;
    if (this.scrolling) this.scrollTo(event);
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    this.moved += Math.abs(event.offsetY - before.offsetY) + Math.abs(event.offsetX - before.offsetX);
    if (this.scrolling) this.scrollTo(event);
    else if (this.pointers.size === 2) this.pinch(event);
    else this.diagram.pan(before.offsetY - event.offsetY);
    this.pointers.set(event.pointerId, event);
  }

  up(event) {
    const click = this.pointers.delete(event.pointerId) && this.moved < 6 && event.type === "pointerup";
    if (click && !this.scrolling) this.diagram.choose(this.diagram.at(event.offsetX, event.offsetY));
  }

  /** Two fingers: what is under them stays under them. */
  pinch(event) {
    const distance = () => {
      const [a, b] = [...this.pointers.values()];
      return Math.max(20, Math.hypot(a.offsetX - b.offsetX, a.offsetY - b.offsetY));
    };
    const before = distance();
    this.pointers.set(event.pointerId, event);
    this.diagram.zoom(before / distance(), event.offsetY);
  }

  scrollTo(event) {
    const { diagram } = this;
    const share = (event.offsetY - HEAD) / (diagram.height - HEAD);
    diagram.view.top = share * diagram.extent() - (diagram.height / 2) * diagram.view.perPixel;
    diagram.redraw();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { diagram } = this;
    const page = diagram.height * 0.8;
    const chosen = diagram.chosen;
    const actions = {
      ArrowDown: () => (chosen ? this.along(1) : diagram.pan(60)),
      ArrowUp: () => (chosen ? this.along(-1) : diagram.pan(-60)),
      ArrowRight: () => this.across(1),
      ArrowLeft: () => this.across(-1),
      PageDown: () => diagram.pan(page),
      PageUp: () => diagram.pan(-page),
      Home: () => diagram.showStart(),
      End: () => diagram.showEnd(),
      "+": () => diagram.zoom(0.7),
      "=": () => diagram.zoom(0.7),
      "-": () => diagram.zoom(1 / 0.7),
      0: () => diagram.showAll(),
      Enter: () => this.follow(),
      Escape: () => diagram.choose(null),
    };
    const action = actions[event.key];
    if (!action) return;
    action();
    event.preventDefault();
  }

  /** To the next or the one before on the same machine. */
  along(step) {
    const { machine, index } = this.diagram.chosen;
    const { length } = this.diagram.trace.logs[machine];
    this.diagram.choose({ machine, index: Math.min(Math.max(index + step, 0), length - 1) });
  }

  /** To the neighbouring machine's event that is nearest. */
  across(step) {
    const { diagram } = this;
    const middle = diagram.view.top + (diagram.height / 2) * diagram.view.perPixel;
    const chosen = diagram.chosen ?? diagram.nearestInTime(middle);
    if (!chosen) return;
    if (!diagram.chosen) {
      diagram.choose(chosen);
      return;
    }
    const machines = diagram.trace.names.length;
    for (let places = 1; places < machines; places++) {
      const machine = (chosen.machine + step * places + machines * machines) % machines;
      const { length } = diagram.trace.logs[machine];
      if (length === 0) continue;
      const position = diagram.position(chosen.machine, chosen.index);
      const index = Math.min(lowerBound(diagram.reach(machine), position), length - 1);
      diagram.choose({ machine, index });
      return;
    }
  }

  /** Along the message: from a send to (one of) its receives, from a receive to its send. */
  follow() {
    const { diagram } = this;
    if (!diagram.chosen) return;
    const { machine, index } = diagram.chosen;
    const log = diagram.trace.logs[machine];
    if (log.kind[index] === RECEIVE && log.sent[index] >= 0) {
      diagram.choose({ machine: log.peers[index][0], index: log.sent[index] });
    } else if (log.taken.has(index)) {
      const [to, receive] = log.taken.get(index)[0];
      diagram.choose({ machine: to, index: receive });
    }
  }
}
