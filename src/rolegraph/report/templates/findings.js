/* Reads the columns at the end of the page, which _html_columns.py writes and describes; filters and sorts them. */
"use strict";

const ROLE_MARK = "\u0000", VALUE_MARK = "\u0001";
const TEXTS = ["role", "shape", "path", "component", "file", "message", "value", "focus"];
const SEVERITIES = ["Violation", "Warning", "Info"];

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const decoded = atob(text), bytes = new Uint8Array(decoded.length);
  for (let place = 0; place < bytes.length; place += 1) bytes[place] = decoded.charCodeAt(place);
  return bytes;
}

const inflated = (text) =>
  new Response(new Blob([fromBase64(text)]).stream().pipeThrough(new DecompressionStream("deflate")));

/** The text of a block, which then leaves the page: nobody needs it twice. */
function taken(name) {
  const block = document.getElementById(name), text = block.textContent;
  block.remove();
  return text;
}

async function readNumbers(name) {
  const text = taken(name), Numbers = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[text[0]];
  const numbers = new Numbers(await inflated(text.slice(1)).arrayBuffer());
  for (let row = 1; row < numbers.length; row += 1) numbers[row] += numbers[row - 1];
  return numbers;
}

async function readData() {
  const data = { facts: await inflated(taken("facts")).json(), rows: {}, texts: {} };
  const numbers = ["severity", "line", ...TEXTS, ...(data.facts.compared ? ["since"] : [])];
  for (const name of numbers) data.rows[name] = await readNumbers(`rows-${name}`);
  for (const name of TEXTS) data.texts[name] = await inflated(taken(`texts-${name}`)).json();
  return data;
}

/** The findings, with everything that can be said of the one in a row. */
class Findings {
  constructor({ facts, rows, texts }) {
    Object.assign(this, { facts, rows, texts, length: facts.findings, lowered: {} });
    this.labels = texts.shape.map((shape) => facts.shapes[shape][0]);
  }

  text(name, row) {
    let text = this.texts[name][this.rows[name][row]];
    if (text.includes(VALUE_MARK)) text = text.replaceAll(VALUE_MARK, () => this.text("value", row));
    if (text.includes(ROLE_MARK)) text = text.replaceAll(ROLE_MARK, () => this.text("role", row));
    return text;
  }

  severity(row) { return SEVERITIES[this.rows.severity[row]]; }

  shape(row) { return this.facts.shapes[this.texts.shape[this.rows.shape[row]]]; }

  place(row) {
    const file = this.text("file", row), line = this.rows.line[row];
    return line ? `${file}:${line}` : file;
  }

  /** Row numbers that a state's filters leave, in its order. */
  selected(state) {
    const kept = this.sorted(this.filtered(state), state.sort.replace("-", ""), state.sort.startsWith("-"));
    return state.text.trim() ? this.withWords(kept, state.text) : kept;
  }

  filtered(state) {
    const { rows, facts } = this, found = new Uint32Array(this.length);
    const severity = SEVERITIES.indexOf(state.severity), shape = this.texts.shape.indexOf(state.shape);
    const family = facts.families.indexOf(state.family), level = facts.levels.indexOf(state.level);
    const role = this.texts.role.indexOf(state.role), since = state.since === "new" ? 1 : 0;
    // Whether the findings of a role are wanted is decided once for each role.
    const wanted = Uint8Array.from(this.texts.role, (code, number) =>
      (!state.role || number === role) &&
      (!state.family || facts.role_family[number] === family) &&
      (!state.level || facts.role_level[number] === level));
    let length = 0;
    for (let row = 0; row < this.length; row += 1) {
      if (!wanted[rows.role[row]]) continue;
      if (state.since && rows.since?.[row] !== since) continue;
      if (state.severity && rows.severity[row] !== severity) continue;
      if (state.shape && rows.shape[row] !== shape) continue;
      found[length] = row;
      length += 1;
    }
    return found.subarray(0, length);
  }

  sorted(found, column, isDescending) {
    if (column === "file") found = ordered(found, this.rows.line, isDescending);
    const keys = this.rows[column];
    if (!keys) return found;
    return ordered(found, keys, isDescending, column === "shape" ? this.labelOrder() : null);
  }

  /** Shapes are shown by label, so they are sorted by it. */
  labelOrder() {
    const order = [...this.labels.keys()].sort((a, b) => this.labels[a].localeCompare(this.labels[b], "en"));
    const rank = new Uint32Array(order.length);
    order.forEach((number, place) => { rank[number] = place; });
    return rank;
  }

  /** Rows that hold every word in some column. */
  withWords(found, text) {
    for (const word of text.toLowerCase().trim().split(/\s+/)) {
      const columns = TEXTS.map((name) => [name, this.rows[name], this.hits(name, word)]);
      found = found.filter((row) =>
        columns.some(([, rows, hits]) => hits[rows[row]] === 1) ||
        columns.some(([name, rows, hits]) =>
          hits[rows[row]] === 2 && this.text(name, row).toLowerCase().includes(word)));
    }
    return found;
  }

  /** For each text of a column: 1 if it holds the word, 2 if it may once its marks are filled in. */
  hits(name, word) {
    this.lowered[name] ??= this.searched(name).map((text) => text.toLowerCase());
    return Uint8Array.from(this.lowered[name], (text) => (text.includes(word) ? 1 : mayHold(text, word) ? 2 : 0));
  }

  searched(name) {
    if (name === "shape") return this.texts.shape.map((shape, number) => `${this.labels[number]} ${shape}`);
    if (name === "role") return this.texts.role.map((code, number) => `${code} ${this.facts.role_label[number]}`);
    return this.texts[name];
  }
}

/** Whether a word may begin or end inside what a mark of the text stands for. */
function mayHold(text, word) {
  if (!text.includes(ROLE_MARK) && !text.includes(VALUE_MARK)) return false;
  const parts = text.split(/[\u0000\u0001]/);
  return parts.some((part, number) => {
    if (part === "" && number > 0 && number < parts.length - 1) return true;
    for (let length = 1; length < word.length; length += 1) {
      if (number < parts.length - 1 && part.endsWith(word.slice(0, length))) return true;
      if (number > 0 && part.startsWith(word.slice(length))) return true;
    }
    return false;
  });
}

/** Rows by key, equal ones as they were: a counting sort, which a million rows do not slow down. */
function ordered(found, keys, isDescending, rank = null) {
  let most = 0;
  for (const row of found) most = Math.max(most, rank ? rank[keys[row]] : keys[row]);
  const key = (row) => {
    const value = rank ? rank[keys[row]] : keys[row];
    return isDescending ? most - value : value;
  };
  const starts = new Uint32Array(most + 2), result = new Uint32Array(found.length);
  for (const row of found) starts[key(row) + 1] += 1;
  for (let value = 1; value < starts.length; value += 1) starts[value] += starts[value - 1];
  for (const row of found) {
    result[starts[key(row)]] = row;
    starts[key(row)] += 1;
  }
  return result;
}
