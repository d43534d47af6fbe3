"use strict";

/** The rows of the table of machines, each with the slider of its rate. */
function addMachineRows(body, names) {
  names.forEach((name, machine) => {
    const row = body.insertRow();
    const head = Object.assign(document.createElement("th"), { scope: "row", textContent: name });
    row.append(head);
    const rate = row.insertCell();
    rate.className = "left";
    const slider = Object.assign(document.createElement("input"), {
      type: "range",
      id: `rate-${machine}`,
      min: RATE_MIN,
      max: RATE_MAX,
      step: 0.5,
      ariaLabel: `Ticks a second of ${name}`,
    });
    rate.append(slider, " ", Object.assign(document.createElement("output"), { id: `rate-text-${machine}` }));
    for (const id of ["clock", "vector"]) row.insertCell().id = `${id}-${machine}`;
    const queue = row.insertCell();
    queue.className = "left";
    const bar = Object.assign(document.createElement("span"), { className: "queue" });
    bar.append(Object.assign(document.createElement("span"), { id: `queue-bar-${machine}` }));
    queue.append(bar, Object.assign(document.createElement("span"), { id: `queue-${machine}` }));
    Object.assign(row.insertCell(), { id: `last-${machine}`, className: "left event" });
  });
}

/** The state of every machine, in its row. */
function showMachines(element, model) {
  const { trace } = model;
  const longest = Math.max(10, ...trace.logs.map((log) => log.queue.at(-1) ?? 0));
  trace.logs.forEach((log, machine) => {
    const last = log.length - 1;
    const text = (id, value) => (element(`${id}-${machine}`).textContent = value);
    element(`rate-text-${machine}`).value = element(`rate-${machine}`).value;
    text("clock", last < 0 ? 0 : trace.clockText(machine, last));
    text("vector", last < 0 ? "0 0 0" : log.vector[last].join(" "));
    text("queue", log.queue[last] ?? 0);
    element(`queue-bar-${machine}`).style.width = `${(100 * (log.queue[last] ?? 0)) / longest}%`;
    text("last", last < 0 ? "" : trace.title(machine, last));
  });
}

/** Which rules hold, and where each that does not was broken first. */
function showVerdict(parent, model, onPlace) {
  parent.replaceChildren();
  const broken = RULES.filter(([bit]) => model.violations.get(bit).length > 0);
  if (broken.length === 0) {
    parent.append(paragraph(`✓ No rule is broken in ${model.ticks} ${model.ticks === 1 ? "tick" : "ticks"}.`, "good"));
    return;
  }
  const list = document.createElement("ul");
  for (const [bit, name, claim] of broken) {
    const places = model.violations.get(bit);
    const [first] = places;
    const item = document.createElement("li");
    const where = Object.assign(document.createElement("button"), {
      type: "button",
      textContent: `${model.trace.names[first.machine]}, tick ${first.index + 1}`,
    });
    where.addEventListener("click", () => onPlace(first));
    const times = places.length === 1 ? "once" : `${places.length} times`;
    item.append(Object.assign(document.createElement("b"), { textContent: `✗ ${name}` }), ` broken ${times}: ${claim} First at `, where);
    list.append(item);
  }
  list.className = "bad";
  parent.append(list);
}
