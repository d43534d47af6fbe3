"use strict";

/** The rules that are judged, by their bit, with the names and words of `clockring check`. */
const RULES = [
  [1, "clock-rule", "A clock moves at each event exactly as its kind demands."],
  [2, "clock-condition", "A receive is later than its send."],
  [4, "received-was-sent", "What was received was sent."],
];

/** Clockring's core, compiled to WebAssembly: three machines in virtual time. */
class Model {
  static async load() {
    const bytes = Uint8Array.from(atob(MODEL_WASM), (character) => character.charCodeAt(0));
    const { instance } = await WebAssembly.instantiate(bytes);
    return new Model(instance.exports);
  }

  constructor(wasm) {
    this.wasm = wasm;
  }

  /** Begins a run of a situation, and an empty trace of it. */
  start({ rates, sides, seed, latency, broken }) {
    rates.forEach((rate, machine) => this.wasm.set_rate(machine, BigInt(Math.round(rate * 1e6))));
    this.wasm.start(BigInt(seed), sides, BigInt(Math.round(latency * 1e6)), broken);
    this.trace = new Trace(["A", "B", "C"]);
    this.ticks = 0;
    /** For every rule, the events that break it. */
    this.violations = new Map(RULES.map(([bit]) => [bit, []]));
    this.last = null;
  }

  /** When the next tick is due, in seconds. */
  get due() {
    return Number(this.wasm.due_ns()) / 1e9;
  }

  /** Makes the next tick, and adds what happened to the trace. */
  tick() {
    this.wasm.tick();
    const field = (number) => Number(this.wasm.field(number));
    const machine = field(0);
    const index = this.trace.add(machine, {
      tick: field(1),
      time: field(2) / 1e9,
      kind: field(3),
      peers: this.peers(machine, field(4)),
      sent: field(3) === RECEIVE ? field(8) - 1 : NEVER_SENT,
      waited: field(9),
      stamp: field(3) === RECEIVE ? String(field(5)) : undefined,
      clock: field(6),
      queue: field(7),
      vector: [field(16), field(17), field(18)],
    });
    for (const [bit, places] of this.violations) if (field(10) & bit) places.push({ machine, index });
    this.last = { machine, index };
    this.ticks++;
  }

  /** The machines of a set of bits, in ring order from the one after `machine`. */
  peers(machine, bits) {
    return [1, 2].map((distance) => (machine + distance) % 3).filter((peer) => bits & (1 << peer));
  }
}
