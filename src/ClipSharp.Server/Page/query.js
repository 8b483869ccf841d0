// What is searched for: words and pictures with their weights.

const term = /^\s*(?:(\d+(?:\.\d+)?):)?(.+?)\s*$/;

/**
 * The terms of a typed text: `dog + 2:snow - leash`. Signs count between spaces and at the beginning only, so that words with a
 * hyphen stay whole.
 */
export function parse(text) {
  const terms = [];
  let sign = 1;
  for (const part of text.trim().replace(/\s+[+-]$/, "").replace(/^([+-])\s*/, "$1 ").split(/(?:^|\s+)([+-])\s+/)) {
    if (part === "+" || part === "-") {
      sign = part === "-" ? -1 : 1;
      continue;
    }

    const match = term.exec(part);
    if (match) terms.push({ weight: sign * Number(match[1] ?? 1), text: match[2] });
    sign = 1;
  }

  return terms;
}

/** A term as a person would type it, without its sign. */
export const written = ({ weight, text }) => (Math.abs(weight) === 1 ? "" : `${Math.abs(weight)}:`) + text;

/** The texts among some terms as one line, for the address. */
export function line(terms) {
  return terms.filter(each => each.text).map((each, i) => `${each.weight < 0 ? "- " : i > 0 ? "+ " : ""}${written(each)}`).join(" ");
}

/** The sum of vectors, each times its weight. */
export function sum(terms, vectors) {
  const total = new Float32Array(vectors[0].length);
  terms.forEach(({ weight }, term) => vectors[term].forEach((number, i) => total[i] += weight * number));
  return total;
}
