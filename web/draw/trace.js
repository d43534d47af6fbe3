"use strict";

/** The three kinds of event, as numbers in a column. */
const INTERNAL = 0;
const SEND = 1;
const RECEIVE = 2;

/** `sent` of a receive whose message nobody logged as sent. */
const NEVER_SENT = -1;
/** `sent` of a receive whose send is in a part of the run that was left out. */
const LEFT_OUT = -2;

/**
 * A run, for drawing: the columns of every machine's log, and which event could have caused which.
 *
 * An event is named by its machine's number and its index in that machine's columns. Events are added in the order of
 * each log, a send before its receives.
 */
class Trace {
  /** @param {string[]} names the machines' names, in ring order */
  constructor(names, { clockKind = "lamport", clockBase = "0", startNs = "0", gaps = [] } = {}) {
    this.names = names;
    this.clockKind = clockKind;
    /** Clocks are kept as differences from this: a hybrid clock has more digits than a number in JavaScript. */
    this.clockBase = BigInt(clockBase);
    this.startNs = BigInt(startNs);
    /** Parts of the run that were left out: `{from, to, events}`, times in seconds. */
    this.gaps = gaps;
    this.logs = names.map(() => new Log());
    /** For each pair of machines, its messages in the order they were received. */
    this.links = names.map(() => names.map(() => ({ send: [], receive: [], sendReach: [] })));
  }

  /**
   * Adds an event of a machine.
   * @param {{tick: number, time: number, kind: number, peers: number[], sent: number, waited: number, clock: number,
   *          counts?: number[], vector?: number[], stamp?: string, queue: number}} event `time` in seconds since the start; `waited` in
   *        ticks of this machine; `counts` where the clock is a vector, `vector` where one is kept beside it
   */
  add(machine, event) {
    const log = this.logs[machine];
    const index = log.push(event);
    if (event.kind === RECEIVE && event.sent >= 0) {
      const from = event.peers[0];
      const taken = this.logs[from].taken;
      if (!taken.has(event.sent)) taken.set(event.sent, []);
      taken.get(event.sent).push([machine, index]);
      const link = this.links[from][machine];
      link.send.push(event.sent);
      link.receive.push(index);
      link.sendReach.push(Math.max(event.sent, link.sendReach.at(-1) ?? 0));
    }
    return index;
  }

  get length() {
    return this.logs.reduce((sum, log) => sum + log.length, 0);
  }

  /** The last time in the run, in seconds. */
  get end() {
    return Math.max(0, ...this.logs.map((log) => log.timeReach.at(-1) ?? 0));
  }

  /**
   * What could have caused an event: for each machine, how many of its first events are the event itself or in its
   * causal past (Lamport 1978, "happened before").
   */
  past(machine, index) {
    const known = this.names.map(() => 0);
    const open = [[machine, index]];
    while (open.length > 0) {
      const [m, last] = open.pop();
      const log = this.logs[m];
      const first = known[m];
      known[m] = Math.max(first, last + 1);
      for (let i = first; i <= last; i++) {
        if (log.kind[i] === RECEIVE && log.sent[i] >= known[log.peers[i][0]]) open.push([log.peers[i][0], log.sent[i]]);
      }
    }
    return known;
  }

  /** What an event could have caused: for each machine, from which event on. */
  future(machine, index) {
    const from = this.logs.map((log) => log.length);
    const open = [[machine, index]];
    while (open.length > 0) {
      const [m, first] = open.pop();
      const log = this.logs[m];
      const last = from[m];
      from[m] = Math.min(last, first);
      for (let i = first; i < last; i++) {
        for (const [to, receive] of log.taken.get(i) ?? []) if (receive < from[to]) open.push([to, receive]);
      }
    }
    return from;
  }

  /** The whole clock of an event as text, as its log has it. */
  clockText(machine, index) {
    const log = this.logs[machine];
    return log.counts[index]?.join(" ") ?? String(this.clockBase + BigInt(log.clock[index]));
  }

  /** Is the clock a hybrid one, whose values are a time and a count? */
  get isHybrid() {
    return this.clockKind === "hybrid";
  }

  /** The clock of an event beside its mark: of a hybrid clock, seconds since the start of the run, and the count. */
  clockLabel(machine, index) {
    if (!this.isHybrid) return this.clockText(machine, index);
    const { ns, count } = this.timeAndCount(BigInt(this.clockText(machine, index)));
    return `${(Number(ns - this.startNs) / 1e9).toFixed(6)}+${count}`;
  }

  /** The clock of an event in words: of a hybrid clock, the time of day in UTC, and the count. */
  clockWords(machine, index) {
    return this.stampWords(this.clockText(machine, index));
  }

  /** A timestamp, as its log has it, in words. */
  stampWords(text) {
    if (!this.isHybrid || !/^\d+$/.test(text)) return text;
    const { ns, count } = this.timeAndCount(BigInt(text));
    const us = (ns / 1000n) % 86_400_000_000n;
    const part = (divisor, modulus, digits) => String((us / divisor) % modulus).padStart(digits, "0");
    const time = `${part(3_600_000_000n, 24n, 2)}:${part(60_000_000n, 60n, 2)}:${part(1_000_000n, 60n, 2)}`;
    return `${time}.${part(1n, 1_000_000n, 6)}+${count}`;
  }

  /** By how many microseconds a hybrid clock is ahead of the physical clock of its machine at an event. */
  aheadUs(machine, index) {
    const { ns } = this.timeAndCount(BigInt(this.clockText(machine, index)));
    return Number(ns - this.startNs) / 1000 - this.logs[machine].time[index] * 1e6;
  }

  /** The parts of a hybrid timestamp: 48 bits of nanoseconds, and 16 that count. */
  timeAndCount(stamp) {
    return { ns: (stamp >> 16n) << 16n, count: stamp & 0xffffn };
  }

  /** What happened, in words. */
  title(machine, index) {
    const log = this.logs[machine];
    const peers = log.peers[index].map((peer) => this.names[peer]).join(" and ");
    return ["internal", `send to ${peers}`, `receive from ${peers}`][log.kind[index]];
  }

  /** A run from the form in which a report embeds it; `host/src/report/data.rs` says what that is. */
  static decode(data) {
    const trace = new Trace(data.machines, {
      clockKind: data.clock,
      clockBase: data.clock_base,
      startNs: data.start_ns,
      gaps: data.gaps,
    });
    const machines = data.machines.length;
    const logs = data.logs.map((log) => ({ ...log, tick: expandRuns(log.tick) }));
    // A log is decoded whole before the next: columns refer to other logs by index only.
    logs.forEach((log, machine) => {
      const width = log.clock.length / log.time.length || 1;
      const lastSent = data.machines.map(() => 0);
      const counts = new Array(width).fill(0);
      let time = 0;
      let receives = 0;
      log.time.forEach((delta, i) => {
        time += delta;
        for (let c = 0; c < width; c++) counts[c] += log.clock[i * width + c];
        const code = log.code[i];
        const kind = code === 0 ? INTERNAL : code <= machines ? SEND : RECEIVE;
        const distance = kind === RECEIVE ? code - machines : code;
        const peers =
          kind === SEND && distance === machines
            ? [...Array(machines - 1).keys()].map((place) => (machine + place + 1) % machines)
            : kind === INTERNAL
              ? []
              : [(machine + distance) % machines];
        let sent = NEVER_SENT;
        let waited = 0;
        if (kind === RECEIVE) {
          const delta = log.sent[receives];
          waited = log.waited[receives++];
          if (typeof delta === "number") sent = lastSent[peers[0]] += delta;
          else if (delta === null) sent = LEFT_OUT;
        }
        trace.add(machine, {
          tick: log.tick[i],
          time: time * data.unit_s,
          kind,
          peers,
          sent,
          waited,
          clock: counts.reduce((sum, count) => sum + count, 0),
          counts: width > 1 ? [...counts] : undefined,
          stamp: log.stamps[i],
          queue: log.queue[i],
        });
      });
    });
    return trace;
  }
}

/** The columns of one machine's log. */
class Log {
  constructor() {
    this.tick = [];
    this.time = [];
    this.kind = [];
    this.peers = [];
    this.sent = [];
    this.waited = [];
    this.clock = [];
    this.counts = [];
    this.vector = [];
    this.stamp = [];
    this.queue = [];
    /** For a send, its receives as `[machine, index]`. */
    this.taken = new Map();
    /** The largest time and clock up to each event: these rise even where a broken log does not. */
    this.timeReach = [];
    this.clockReach = [];
  }

  get length() {
    return this.tick.length;
  }

  push(event) {
    this.tick.push(event.tick);
    this.time.push(event.time);
    this.kind.push(event.kind);
    this.peers.push(event.peers);
    this.sent.push(event.sent);
    this.waited.push(event.waited);
    this.clock.push(event.clock);
    this.counts.push(event.counts);
    this.vector.push(event.vector);
    this.stamp.push(event.stamp);
    this.queue.push(event.queue);
    this.timeReach.push(Math.max(event.time, this.timeReach.at(-1) ?? 0));
    this.clockReach.push(Math.max(event.clock, this.clockReach.at(-1) ?? 0));
    return this.length - 1;
  }
}

/** The first index in `0..length` whose value in the rising `values` is not below `value`. */
function lowerBound(values, value, length = values.length) {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `[[1, 3], [7, 2]]` are the numbers 1, 2, 3, 7, 8. */
function expandRuns(runs) {
  return runs.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i));
}
