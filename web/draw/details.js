"use strict";

/**
 * Says in words what is known of the chosen event, and how much came before, after and beside it.
 * @param {HTMLElement} parent @param {Trace} trace
 */
function showDetails(parent, trace, place, causality, findings = []) {
  parent.replaceChildren();
  if (!place) {
    parent.append(paragraph("No event chosen. Click a mark, or press the right arrow key in the diagram."));
    return;
  }
  const { machine, index } = place;
  const log = trace.logs[machine];
  const name = trace.names[machine];
  const title = document.createElement("h3");
  title.textContent = `${name}, tick ${log.tick[index]}: ${trace.title(machine, index)}`;
  const list = document.createElement("dl");
  const add = (term, value) => {
    list.append(Object.assign(document.createElement("dt"), { textContent: term }));
    list.append(Object.assign(document.createElement("dd"), { textContent: value }));
  };
  add("clock", trace.clockWords(machine, index));
  if (trace.isHybrid) {
    const ahead = Math.round(trace.aheadUs(machine, index));
    add("its physical clock", `${Math.abs(ahead)} µs ${ahead > 0 ? "behind" : "ahead of"} it`);
  }
  if (log.vector[index]) add("vector clock", log.vector[index].join(" "));
  add("time", `${log.time[index].toFixed(6)} s`);
  add("waiting after it", String(log.queue[index]));
  if (log.kind[index] === RECEIVE) addMessage(add, trace, machine, index);
  const before = causality.past.reduce((sum, count) => sum + count, 0) - 1;
  const after = causality.future.reduce((sum, from, m) => sum + trace.logs[m].length - from, 0) - 1;
  const per = (counts) => counts.map((count, m) => `${trace.names[m]} ${count}`).join(", ");
  const past = causality.past.map((count, m) => count - (m === machine ? 1 : 0));
  const future = causality.future.map((from, m) => trace.logs[m].length - from - (m === machine ? 1 : 0));
  add("could have caused it", `${events(before)} (${per(past)})`);
  add("it could have caused", `${events(after)} (${per(future)})`);
  const ordered = concurrentYetOrdered(trace, place, causality);
  const yet = trace.clockKind === "vector" || ordered === 0 ? "" : `, ${ordered} of them with another timestamp`;
  add("concurrent with it", `${events(trace.length - 1 - before - after)}${yet}`);
  parent.append(title, list, ...findings.map((text) => paragraph(text, "bad")));
}

/** How many concurrent events the clock puts before or after an event, although neither could have caused the other. */
function concurrentYetOrdered(trace, { machine, index }, { past, future }) {
  const { clock } = trace.logs[machine];
  let count = 0;
  trace.logs.forEach((log, m) => {
    for (let i = past[m]; i < future[m]; i++) if (log.clock[i] !== clock[index]) count++;
  });
  return count;
}

/** What is known of a received message: its send, and how long it waited. */
function addMessage(add, trace, machine, index) {
  const log = trace.logs[machine];
  const from = log.peers[index][0];
  const sent = log.sent[index];
  if (sent === LEFT_OUT) return add("its send", "in a part of the run that is left out here");
  if (sent === NEVER_SENT) return add("its send", `in no log (it carries ${trace.stampWords(log.stamp[index])})`);
  const sender = trace.logs[from];
  add("carries", `${trace.clockWords(from, sent)}, sent at ${trace.names[from]}'s tick ${sender.tick[sent]}`);
  add("since its send", seconds(log.time[index] - sender.time[sent]));
  const waited = log.waited[index];
  if (waited === 0) return add("waited", "no: it was received at the first tick after it came");
  // Logs say what waits after each tick, not when it came: between two ticks.
  const least = log.time[index] - log.time[Math.max(0, index - waited)];
  const earliest = Math.max(sender.time[sent], log.time[index - waited - 1] ?? -Infinity);
  const ticks = `${waited} ${waited === 1 ? "tick" : "ticks"}`;
  return add("waited", `${ticks}, ${seconds(least)} to ${seconds(log.time[index] - earliest)}`);
}

function events(number) {
  return `${number} ${number === 1 ? "event" : "events"}`;
}

function seconds(value) {
  return Math.abs(value) >= 0.1 ? `${value.toFixed(2)} s` : `${(value * 1000).toFixed(2)} ms`;
}

function paragraph(text, className = "") {
  return Object.assign(document.createElement("p"), { textContent: text, className });
}
