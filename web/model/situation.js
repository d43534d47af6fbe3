"use strict";

/** Everything that decides what the page shows of a run: what a link carries. */
const SITUATION = {
  rates: [1, 3, 6],
  sides: 10,
  seed: 1,
  /** What a message takes, in milliseconds. */
  latency: 0.2,
  /** The rules that are switched off, as bits. */
  broken: 0,
  /** How many ticks have been made, by all machines together. */
  ticks: 0,
  axis: "time",
  label: "clock",
  /** The chosen event, as `A5` for A's fifth; none if empty. */
  chosen: "",
};

const RATE_MIN = 0.5;
const RATE_MAX = 12;
const TICKS_MAX = 20000;

function situationToHash(situation) {
  return "#" + new URLSearchParams(Object.entries(situation).map(([key, value]) => [key, String(value)]));
}

/** Reads a link's hash. Whatever it does not say, or says wrongly, is as in `SITUATION`. */
function situationFromHash(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const number = (key, least, most, whole = true) => {
    const value = Number(given.get(key) ?? NaN);
    const fits = value >= least && value <= most && (!whole || Number.isInteger(value));
    return fits ? value : SITUATION[key];
  };
  const oneOf = (key, values) => (values.includes(given.get(key)) ? given.get(key) : SITUATION[key]);
  const rates = (given.get("rates") ?? "").split(",").map(Number);
  const ratesFit = rates.length === 3 && rates.every((rate) => rate >= RATE_MIN && rate <= RATE_MAX);
  return {
    rates: ratesFit ? rates : [...SITUATION.rates],
    sides: number("sides", 3, 20),
    seed: number("seed", 0, 4294967295),
    latency: number("latency", 0, 10000, false),
    broken: number("broken", 0, 7),
    ticks: number("ticks", 0, TICKS_MAX),
    axis: oneOf("axis", ["time", "logical"]),
    label: oneOf("label", ["clock", "vector"]),
    chosen: /^[ABC]\d{1,6}$/.test(given.get("chosen") ?? "") ? given.get("chosen") : "",
  };
}
