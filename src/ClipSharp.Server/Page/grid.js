// A grid of any length of which only what is seen exists. The page scrolls; rows are placed by their number.

import { imageUrl, isAborted, showImage } from "./api.js";

const pageSize = 100;
const gap = 8;
const smallest = { wide: 164, narrow: 104 };
const rowsAhead = 3;
const imagesAtOnce = 6;
const sides = [128, 256, 384, 512];

export class Grid {
  #list; #open; #tell;
  #source = null; #total = 0; #isOpenEnded = false; #pages = new Map(); #cells = new Map();
  #columns = 1; #side = 1; #current = 0; #stop = new AbortController(); #frame = 0;
  #waiting = []; #loading = 0;

  /**
   * @param list the ul that holds the pictures
   * @param open called with a picture that a person chose
   * @param tell called with what went wrong
   */
  constructor(list, open, tell) {
    this.#list = list;
    this.#open = open;
    this.#tell = tell;
    addEventListener("scroll", () => this.#soon(), { passive: true });
    new ResizeObserver(() => this.#soon()).observe(list);
    list.addEventListener("keydown", event => this.#key(event));
    list.addEventListener("click", event => {
      const number = Number(event.target.closest("li")?.dataset.number ?? NaN);
      const picture = this.#picture(number);
      if (picture) {
        this.#current = number;
        this.#open(picture);
      }
    });
  }

  /**
   * Shows other pictures from the top.
   * @param source (skip, top, signal) => a promise of pictures
   * @param total how many there are; null where nobody knows before the end
   * @returns a promise of how many pictures the first page has
   */
  async show(source, total) {
    this.#stop.abort();
    this.#stop = new AbortController();
    const stop = this.#stop;
    const first = await source(0, pageSize, stop.signal);
    this.#source = source;
    this.#pages = new Map([[0, first]]);
    this.#total = total ?? first.length + (first.length === pageSize ? pageSize : 0);
    this.#isOpenEnded = total === null;
    this.#clear();
    this.#current = 0;
    if (scrollY > this.#top()) scrollTo({ top: 0 });
    this.#draw();
    return first.length;
  }

  /** Puts the focus on the picture that was opened last. */
  focus() {
    this.#focus(this.#current);
  }

  #top() {
    return this.#list.getBoundingClientRect().top + scrollY;
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #picture(number) {
    const page = this.#pages.get(Math.floor(number / pageSize));
    return Array.isArray(page) ? page[number % pageSize] : undefined;
  }

  #clear() {
    for (const cell of this.#cells.values()) this.#remove(cell);
    this.#cells.clear();
    this.#waiting = [];
  }

  #draw() {
    const width = this.#list.clientWidth;
    if (width === 0) return; // another view is shown
    const least = width < 560 ? smallest.narrow : smallest.wide;
    const columns = Math.max(1, Math.floor((width + gap) / (least + gap)));
    const side = (width - gap * (columns - 1)) / columns;
    if (columns !== this.#columns || side !== this.#side) {
      [this.#columns, this.#side] = [columns, side];
      for (const [number, cell] of this.#cells) this.#place(cell, number);
    }

    const height = side + gap;
    const rows = Math.ceil(this.#total / columns);
    this.#list.style.height = `${Math.max(0, rows * height - gap)}px`;
    const top = scrollY - this.#top();
    const from = Math.max(0, Math.floor(top / height) - rowsAhead) * columns;
    const to = Math.min(this.#total, (Math.ceil((top + innerHeight) / height) + rowsAhead) * columns);
    for (const [number, cell] of this.#cells) {
      if ((number < from || number >= to) && !cell.item.contains(document.activeElement)) {
        this.#remove(cell);
        this.#cells.delete(number);
      }
    }

    for (let number = from; number < to; number++) {
      if (!this.#cells.has(number)) this.#cells.set(number, this.#add(number));
    }

    for (let page = Math.floor(from / pageSize); page <= Math.floor(Math.max(from, to - 1) / pageSize); page++) this.#fetch(page);
  }

  async #fetch(page) {
    if (this.#pages.has(page) || page * pageSize >= this.#total) return;
    const [pages, stop] = [this.#pages, this.#stop];
    pages.set(page, "coming");
    try {
      const pictures = await this.#source(page * pageSize, pageSize, stop.signal);
      if (pages !== this.#pages) return;
      pages.set(page, pictures);
      const end = page * pageSize + pictures.length;
      if (pictures.length < pageSize) this.#total = Math.min(this.#total, end);
      else if (this.#isOpenEnded && end >= this.#total) this.#total = end + pageSize;
      for (const [number, cell] of this.#cells) {
        if (number >= this.#total) {
          this.#remove(cell);
          this.#cells.delete(number);
        } else if (Math.floor(number / pageSize) === page) this.#fill(cell, number);
      }

      this.#soon();
    } catch (fault) {
      pages.delete(page);
      if (!isAborted(fault)) this.#tell(fault, () => this.#fetch(page));
    }
  }

  #add(number) {
    const item = document.createElement("li");
    item.dataset.number = number;
    const button = document.createElement("button");
    button.type = "button";
    button.tabIndex = number === this.#current ? 0 : -1;
    item.append(button);
    let before = this.#list.lastElementChild; // in order, for those who have the page read to them
    while (before && Number(before.dataset.number) > number) before = before.previousElementSibling;
    if (before) before.after(item);
    else this.#list.prepend(item);
    const cell = { item, button, stop: new AbortController(), url: null, isFilled: false };
    this.#place(cell, number);
    this.#fill(cell, number);
    return cell;
  }

  #place({ item }, number) {
    const [row, column] = [Math.floor(number / this.#columns), number % this.#columns];
    item.style.width = item.style.height = `${this.#side}px`;
    item.style.transform = `translate(${column * (this.#side + gap)}px, ${row * (this.#side + gap)}px)`;
  }

  #fill(cell, number) {
    const picture = this.#picture(number);
    cell.item.setAttribute("aria-posinset", number + 1);
    cell.item.setAttribute("aria-setsize", this.#isOpenEnded ? -1 : this.#total);
    if (!picture) {
      cell.button.setAttribute("aria-label", `Picture ${number + 1}, not loaded yet`);
      return;
    }

    if (cell.isFilled) return;
    cell.isFilled = true;
    const score = picture.score ? picture.score.toFixed(3) : "";
    cell.button.setAttribute("aria-label", [picture.caption ?? picture.key, score && `score ${score}`].filter(part => part).join(", "));
    const image = document.createElement("img");
    image.alt = "";
    const about = document.createElement("span");
    about.className = "name";
    about.textContent = picture.caption ?? picture.key.split("/").at(-1);
    cell.button.append(image, about);
    if (score) {
      const shown = document.createElement("span");
      shown.className = "score";
      shown.textContent = score;
      cell.button.append(shown);
    }

    this.#waiting.push({ cell, picture, image });
    this.#load();
  }

  // What is seen is loaded first; what has left is not loaded at all.
  #load() {
    while (this.#loading < imagesAtOnce && this.#waiting.length > 0) {
      const seen = this.#waiting.findIndex(({ cell }) => {
        const { top, bottom } = cell.item.getBoundingClientRect();
        return bottom > 0 && top < innerHeight;
      });
      const [{ cell, picture, image }] = this.#waiting.splice(Math.max(0, seen), 1);
      if (cell.stop.signal.aborted) continue;
      this.#loading++;
      const wanted = 1.3 * this.#side * Math.min(2, devicePixelRatio);
      imageUrl(picture, sides.find(side => side >= wanted) ?? sides.at(-1), cell.stop.signal)
        .then(url => {
          cell.url = url;
          showImage(image, url);
          if (cell.stop.signal.aborted) URL.revokeObjectURL(url);
        })
        .catch(fault => {
          if (!isAborted(fault)) cell.item.classList.add("lost");
        })
        .finally(() => {
          this.#loading--;
          this.#load();
        });
    }
  }

  #remove(cell) {
    cell.stop.abort();
    if (cell.url) URL.revokeObjectURL(cell.url);
    cell.item.remove();
  }

  #key(event) {
    const number = Number(event.target.closest("li")?.dataset.number ?? NaN);
    const screen = this.#columns * Math.max(1, Math.floor(innerHeight / (this.#side + gap)) - 1);
    const steps = {
      ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.#columns, ArrowUp: -this.#columns,
      PageDown: screen, PageUp: -screen, Home: -number, End: this.#total - 1 - number,
    };
    if (Number.isNaN(number) || !(event.key in steps) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    this.#focus(Math.min(this.#total - 1, Math.max(0, number + steps[event.key])));
  }

  #focus(number) {
    const before = this.#cells.get(this.#current);
    if (before) before.button.tabIndex = -1;
    this.#current = number;
    const top = this.#top() + Math.floor(number / this.#columns) * (this.#side + gap);
    const margin = 90; // the head line, which stays
    if (top < scrollY + margin) scrollTo({ top: top - margin });
    else if (top + this.#side > scrollY + innerHeight) scrollTo({ top: top + this.#side - innerHeight + gap });
    this.#draw();
    const cell = this.#cells.get(number);
    if (cell) {
      cell.button.tabIndex = 0;
      cell.button.focus({ preventScroll: true });
    }
  }
}
