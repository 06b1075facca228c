(async () => {
  // The heat map and the students' feedback. Data are only ever set as text, never as HTML.
  const at = (id) => document.getElementById(id);
  if (!("DecompressionStream" in window)) {
    at("count").textContent = "This table and the students' feedback need a browser of 2023 or later.";
    return;
  }
  const packed = Uint8Array.from(atob(at("data").textContent), (character) => character.charCodeAt(0));
  const data = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
  const [NAME, FILE, POINTS, CELLS, ODD, FAILED] = [0, 1, 2, 3, 4, 5]; // of a student
  const { units, exercises, states, statuses, checks, failures, texts, students, mistakes } = data;
  const PASSED = 0;
  const FEW = 40; // exercises: so many are shown one by one from the start
  const AROUND = 8; // rows kept above and below those in sight
  const BLOCK = 6; // columns come and go by so many

  const make = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const rounded = (value) => String(Number(value.toFixed(2)));
  const plain = (name) => name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const named = (student) => make("bdi", {}, students[student][NAME]);

  // Columns: each unit, and behind an open one its exercises.
  const unitOf = [];
  units.forEach(([, , , , first, count], unit) => { for (let e = first; e < first + count; e++) unitOf[e] = unit; });
  const most = units.reduce((sum, unit) => sum + unit[3], 0);
  const open = new Set();
  if (exercises.length <= FEW && matchMedia("(min-width: 45rem)").matches) units.forEach((_, unit) => open.add(unit));
  const state = (student, exercise) => states[exercise][students[student][CELLS][exercise]];
  const unitPoints = students.map((_, student) => {
    const sums = new Float64Array(units.length);
    unitOf.forEach((unit, exercise) => { sums[unit] += state(student, exercise)[0]; });
    for (const [unit, , , , , , whole] of students[student][ODD]) sums[unit] += whole;
    return sums;
  });
  // What a student's units are worth: what is excused does not count.
  const isExcused = (student, exercise) => statuses[state(student, exercise)[1]][0] === "excused";
  const worthOfExercise = (student, exercise) => isExcused(student, exercise) ? 0 : exercises[exercise][1];
  const worthOf = (student, unit) => {
    const [, , , , first, count] = units[unit];
    return Array.from({ length: count }, (_, each) => worthOfExercise(student, first + each)).reduce((sum, each) => sum + each, 0);
  };
  const columns = () => units.flatMap(([, , , , first, count], unit) =>
    [["u", unit], ...(open.has(unit) ? Array.from({ length: count }, (_, each) => ["e", first + each]) : [])]);

  // Which students, in which order.
  const searched = students.map((student) => plain(student[NAME]));
  const collator = new Intl.Collator(undefined, { numeric: true });
  const byName = students.map((_, student) => student)
    .sort((a, b) => collator.compare(students[a][NAME], students[b][NAME]) || a - b);
  const sort = { key: "name", falling: false };
  let order = byName;
  const value = (student, key) => key === "points" ? students[student][POINTS]
    : key[0] === "u" ? unitPoints[student][key.slice(1)] : state(student, Number(key.slice(1)))[0];
  const choose = () => {
    const wanted = plain(at("search").value.trim());
    const status = at("status").value;
    order = byName.filter((student) => searched[student].includes(wanted) && (status === ""
      || students[student][CELLS].some((cell, exercise) => states[exercise][cell][1] === Number(status))));
    if (sort.key !== "name") order.sort((a, b) => value(a, sort.key) - value(b, sort.key));
    if (sort.falling) order.reverse();
    at("count").textContent = order.length === students.length ? `${students.length} students`
      : `${order.length} of ${students.length} students`;
  };

  // The table: only what is in sight is in the page, or a large class would be slow.
  const map = at("map");
  const table = map.firstElementChild;
  const [head, body] = [map.querySelector("thead"), map.querySelector("tbody")];
  const spacer = () => make("tr", { class: "space", "aria-hidden": "true" }, make("td"));
  const [above, below] = [spacer(), spacer()];
  let rows = new Map();
  let shown = [];
  let current = 0; // the row that the keyboard is on
  let rowHeight = 28;
  let cellWidth = 46;
  let [left, right] = [0, 0]; // columns in the page: from, up to
  let whole = false; // for the printer: everything

  const cell = (points, worth, status, words) => {
    const word = points > 0 ? "" : statuses[status][2];
    const step = points >= worth ? 5 : points <= 0 ? 0 : Math.min(4, Math.ceil((4 * points) / worth));
    const named = statuses[status][0];
    const look = named === "broken" ? "machinery" : word ? "nothing" : named === "carried" ? "carried" : `q${step}`;
    return make("td", { class: look, title: words }, word || rounded(points));
  };
  const unitCell = (student, unit) => {
    const [id] = units[unit];
    const worth = worthOf(student, unit);
    const odd = students[student][ODD].find((each) => each[0] === unit);
    const points = unitPoints[student][unit];
    const status = worth ? (odd ? odd[1] : PASSED) : state(student, units[unit][4])[1];
    const late = odd && odd[2] ? `, ${odd[2]} days late` : "";
    const ended = odd && statuses[status][0] !== "graded" ? `, ${statuses[status][1]}` : "";
    const decided = odd && odd[7].length ? `\n${odd[7].map((each) => texts[each]).join("\n")}` : "";
    const made = cell(points, worth, Math.max(status, 0), `${id}: ${rounded(points)} of ${rounded(worth)}${ended}${late}${decided}`);
    if (decided) made.classList.add("decided");
    made.classList.add("unit");
    return made;
  };
  const exerciseCell = (student, exercise) => {
    const [points, status, passed, total] = state(student, exercise);
    const name = exercises[exercise][0];
    const worth = worthOfExercise(student, exercise);
    return cell(points, worth, status, `${name}: ${rounded(points)} of ${worth}, ${passed} of ${total} checks, ${statuses[status][1]}`);
  };
  const row = (place) => {
    const student = order[place];
    const name = make("button", { type: "button", class: "who", "data-student": student, tabindex: place === current ? 0 : -1 }, named(student));
    return line(place + 2, make("th", { scope: "row" }, name), make("td", { class: "sum" }, rounded(students[student][POINTS])),
      ([kind, number]) => kind === "u" ? unitCell(student, number) : exerciseCell(student, number));
  };
  const line = (number, first, second, cellOf) => {
    const cells = shown.slice(left, right).map((column, each) => {
      const made = cellOf(column);
      made.setAttribute("aria-colindex", left + each + 3);
      return made;
    });
    if (left > 0) cells.unshift(make("td", { colspan: left, "aria-hidden": "true" }));
    if (right < shown.length) cells.push(make("td", { colspan: shown.length - right, "aria-hidden": "true" }));
    return make("tr", { "aria-rowindex": number }, first, second, ...cells);
  };
  const columnsInSight = () => {
    if (whole) return [0, shown.length];
    const [from, to] = [map.scrollLeft / cellWidth, (map.scrollLeft + map.clientWidth) / cellWidth];
    return [Math.max(0, (Math.floor(from / BLOCK) - 1) * BLOCK), Math.min(shown.length, (Math.ceil(to / BLOCK) + 1) * BLOCK)];
  };
  const paint = () => {
    const [from, to] = columnsInSight();
    if (from !== left || to !== right) {
      [left, right] = [from, to];
      rows = new Map();
      paintHead();
    }
    const first = whole ? 0 : Math.max(0, Math.floor(map.scrollTop / rowHeight) - AROUND);
    const last = whole ? order.length : Math.min(order.length, Math.ceil((map.scrollTop + map.clientHeight) / rowHeight) + AROUND);
    const kept = new Map();
    for (let place = first; place < last; place++) kept.set(place, rows.get(place) || row(place));
    rows = kept;
    const focused = body.contains(document.activeElement) ? document.activeElement : null;
    above.firstChild.style.height = `${first * rowHeight}px`;
    below.firstChild.style.height = `${(order.length - last) * rowHeight}px`;
    body.replaceChildren(above, ...rows.values(), below);
    if (focused) (focused.isConnected ? focused : rows.get(current)?.querySelector("button"))?.focus({ preventScroll: true });
    const measured = body.children.length > 2 ? body.children[1].getBoundingClientRect().height : 0;
    if (measured && Math.abs(measured - rowHeight) > 0.5) { rowHeight = measured; paint(); }
  };
  const headCell = (key, words, look, toggle) => {
    const button = make("button", { type: "button", class: "sort", "data-key": key, title: `sort by ${words}` }, make("span", {}, words));
    const made = make("th", { scope: "col", class: look }, button, ...(toggle ? [toggle] : []));
    if (sort.key === key) made.setAttribute("aria-sort", sort.falling ? "descending" : "ascending");
    return made;
  };
  const paintHead = () => {
    const { key, unit } = head.contains(document.activeElement) ? document.activeElement.dataset : {};
    head.replaceChildren(line(1, headCell("name", "student", "name"), headCell("points", `points of ${rounded(most)}`, "sum"),
      ([kind, number]) => {
        if (kind === "e") return headCell(`e${number}`, `${exercises[number][0]} (${exercises[number][1]})`, "exercise");
        const toggle = make("button", { type: "button", class: "toggle", "data-unit": number, "aria-expanded": open.has(number),
          "aria-label": `exercises of ${units[number][0]}` }, open.has(number) ? "-" : "+");
        return headCell(`u${number}`, `${units[number][0]} (${units[number][3]})`, "unit", toggle);
      }));
    if (key || unit) head.querySelector(key ? `[data-key="${key}"]` : `[data-unit="${unit}"]`)?.focus({ preventScroll: true });
  };
  const build = () => {
    shown = columns();
    table.setAttribute("aria-rowcount", order.length + 1);
    table.setAttribute("aria-colcount", shown.length + 2);
    table.style.setProperty("--columns", shown.length);
    table.querySelector("col.cell").span = Math.max(1, shown.length);
    const [name, sum] = table.querySelectorAll("col");
    cellWidth = (table.offsetWidth - name.getBoundingClientRect().width - sum.getBoundingClientRect().width) / shown.length || 46;
    at("sort").value = sort.key;
    at("direction").textContent = sort.falling ? "descending" : "ascending";
    rows = new Map();
    [left, right] = columnsInSight();
    paintHead();
    paint();
  };
  const refresh = () => { current = 0; map.scrollTop = 0; choose(); build(); };
  const sortBy = (key) => {
    sort.falling = sort.key === key && !sort.falling;
    sort.key = key;
    refresh();
  };
  const moveTo = (place) => {
    const target = Math.max(0, Math.min(order.length - 1, place));
    const headHeight = head.getBoundingClientRect().height;
    const [top, bottom] = [target * rowHeight, (target + 1) * rowHeight + headHeight];
    if (top < map.scrollTop) map.scrollTop = top;
    else if (bottom > map.scrollTop + map.clientHeight) map.scrollTop = bottom - map.clientHeight;
    rows.get(current)?.querySelector("button").setAttribute("tabindex", -1);
    current = target;
    paint();
    const button = rows.get(current).querySelector("button");
    button.setAttribute("tabindex", 0);
    button.focus({ preventScroll: true });
  };

  at("sort").append(...[["name", "name"], ["points", "points"], ...units.map((unit, number) => [`u${number}`, unit[0]]),
    ...exercises.map((exercise, number) => [`e${number}`, `${units[unitOf[number]][0]}: ${exercise[0]}`])]
    .map(([key, words]) => make("option", { value: key }, words)));
  at("controls").addEventListener("submit", (event) => event.preventDefault());
  at("search").addEventListener("input", refresh);
  at("status").addEventListener("change", refresh);
  at("sort").addEventListener("change", () => { sort.falling = false; sort.key = at("sort").value; refresh(); });
  at("direction").addEventListener("click", () => { sort.falling = !sort.falling; refresh(); });
  at("expand").addEventListener("click", () => { units.forEach((_, unit) => open.add(unit)); build(); });
  at("collapse").addEventListener("click", () => { open.clear(); build(); });
  map.addEventListener("scroll", paint, { passive: true });
  new ResizeObserver(() => paint()).observe(map); // it grows with its first rows
  head.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { key, unit } = button.dataset;
    if (key) sortBy(key);
    else if (!open.delete(Number(unit))) open.add(Number(unit));
    if (unit) build();
  });
  body.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(map.clientHeight / rowHeight) - 6);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -order.length, End: order.length };
    if (!(event.key in steps)) return;
    event.preventDefault();
    moveTo(current + steps[event.key]);
  });

  // One student's feedback. The address holds who it is, so that "back" closes it.
  const dialog = at("student");
  const chosen = () => {
    const found = /^#s(\d+)$/.exec(location.hash);
    return found && Number(found[1]) < students.length ? Number(found[1]) : -1;
  };
  const exerciseFeedback = (exercise, got, worth, found, rest) => {
    const hints = [...new Set(found.map((each) => each[4]))].filter((hint) => hint);
    const told = new Set();
    const items = found.map(([check, outcome, call, message]) => {
      const item = make("li", {}, make("span", { class: "check" }, `${checks[check][0]}: `, make("em", {}, statuses[outcome][0])));
      const text = [texts[call], texts[message]].filter((part) => part).join("\n");
      if (text && !told.has(message)) item.append(make("pre", { dir: "ltr" }, text));
      told.add(message);
      return item;
    });
    if (rest > 0) items.push(make("li", { class: "note" }, `and ${rest} more that did not pass or were skipped`));
    return make("section", { class: "exercise" }, make("h4", {}, make("code", {}, exercises[exercise][0]), `: ${rounded(got)} of ${worth}`),
      ...hints.map((hint) => make("p", { class: "hint" }, make("strong", {}, "Hint."), ` ${texts[hint]}`)),
      make("ul", { class: "checks" }, ...items));
  };
  const unitFeedback = (student, unit, byExercise) => {
    const [, title, module, , first, count] = units[unit];
    const worth = worthOf(student, unit);
    const points = unitPoints[student][unit];
    const odd = students[student][ODD].find((each) => each[0] === unit);
    const box = make("details", { class: "unit" }, make("summary", {}, `${title}: ${rounded(points)} of ${rounded(worth)}`));
    box.open = points < worth || Boolean(odd && odd[7].length);
    if (odd && odd[2]) box.append(make("p", {}, `${odd[2]} day${odd[2] === 1 ? "" : "s"} late: of ${rounded(odd[4])} points, ${rounded(points - odd[5])} count.`));
    if (odd) box.append(...odd[7].map((each) => make("p", { class: "decision" }, texts[each])));
    if (odd && statuses[odd[1]][0] !== "graded") {
      box.append(make("p", {}, make("code", {}, module), `: ${statuses[odd[1]][1]}.`));
      if (texts[odd[3]]) box.append(make("pre", { dir: "ltr" }, texts[odd[3]]));
      return box;
    }
    const all = Array.from({ length: count }, (_, each) => first + each);
    const table = make("tbody", {}, ...all.map((exercise) => {
      const [got, status, passed, total] = state(student, exercise);
      return make("tr", {}, make("th", { scope: "row" }, make("code", {}, exercises[exercise][0])),
        make("td", { class: "number" }, `${rounded(got)} / ${worthOfExercise(student, exercise)}`),
        make("td", { class: "number" }, `${passed} / ${total}`),
        make("td", { class: status === PASSED ? "good" : "bad" }, statuses[status][1]));
    }));
    const titles = make("thead", {}, make("tr", {}, ...[["exercise", ""], ["points", "number"], ["checks", "number"], ["result", ""]]
      .map(([words, look]) => make("th", { scope: "col", class: look }, words))));
    box.append(make("div", { class: "scroll" }, make("table", { class: "list" }, titles, table)));
    for (const exercise of all) {
      const [got, status, passed, total] = state(student, exercise);
      const found = byExercise.get(exercise) || [];
      const rest = ["not written", "excused"].includes(statuses[status][0]) ? 0 : total - passed - found.length;
      if (found.length || rest > 0) box.append(exerciseFeedback(exercise, got, worthOfExercise(student, exercise), found, rest));
    }
    return box;
  };
  const show = () => {
    const student = chosen();
    if (student < 0) { if (dialog.open) dialog.close(); return; }
    const [, file, points, , , failed] = students[student];
    const byExercise = new Map();
    for (const number of failed) {
      const failure = failures[number];
      const exercise = checks[failure[0]][1];
      byExercise.set(exercise, [...(byExercise.get(exercise) || []), failure]);
    }
    at("student-name").replaceChildren(named(student));
    at("student-feedback").replaceChildren(
      make("p", { class: "sum" }, make("strong", {}, rounded(points)), ` of ${rounded(units.reduce((sum, _, unit) => sum + worthOf(student, unit), 0))} points `,
        make("a", { href: `feedback/${encodeURIComponent(file)}.html` }, "page to hand out")),
      ...units.map((_, unit) => unitFeedback(student, unit, byExercise)));
    const place = order.indexOf(student);
    at("previous").disabled = place <= 0;
    at("next").disabled = place < 0 || place + 1 >= order.length;
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
  };
  const go = (student) => { location.hash = `s${student}`; };
  const step = (by) => { location.replace(`#s${order[order.indexOf(chosen()) + by]}`); };
  at("previous").addEventListener("click", () => step(-1));
  at("next").addEventListener("click", () => step(1));
  at("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    if (chosen() >= 0) history.replaceState(null, "", location.href.split("#")[0]);
  });
  addEventListener("hashchange", show);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-student]");
    if (button) go(button.dataset.student);
  });

  const people = (details, those) => details.addEventListener("toggle", () => {
    details.querySelector(".people").replaceChildren(...those.map((student) =>
      make("button", { type: "button", class: "who", "data-student": student }, named(student))));
  });
  for (const details of document.querySelectorAll("[data-mistake]")) people(details, mistakes[details.dataset.mistake]);
  for (const details of document.querySelectorAll("[data-students]")) people(details, details.dataset.students.split(" ").map(Number));
  at("marked-label").hidden = false;
  at("marked").addEventListener("change", () => {
    at("checks").classList.toggle("only-marked", at("marked").checked);
    if (at("marked").checked) for (const each of document.querySelectorAll(".has-marks")) each.open = true;
  });

  // On paper: every row and every check; units only, where their exercises would not fit.
  let closed = [];
  let opened = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details.on-paper:not([open])")];
    for (const each of closed) each.open = true;
    opened = [...open];
    if (shown.length > FEW) open.clear();
    whole = true;
    build();
  });
  addEventListener("afterprint", () => {
    for (const each of closed) each.open = false;
    for (const unit of opened) open.add(unit);
    whole = false;
    build();
  });

  at("controls").hidden = map.hidden = false;
  choose();
  build();
  performance.mark("heat-map-built");
  requestAnimationFrame(() => setTimeout(() => performance.mark("heat-map-painted")));
  show();
})();
