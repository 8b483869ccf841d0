// What the page asks of its server. Vectors travel as base64 of float32, little-endian.

const root = new URL(".", document.baseURI);
const keyName = "clipsharp-key";
const tries = 5;
const mostCharacters = 9_000_000; // of a data URL; the server takes bodies of 10 MiB unless told otherwise
const sideWhenLarge = 2048;

/** A request that was not answered. `status` is that of HTTP, or 0 where nobody answers. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

let askForKey = async () => null;

/** Sets who asks a person for the key. */
export function onKeyWanted(ask) {
  askForKey = ask;
}

/** Whether a promise was given up by whoever asked. */
export const isAborted = fault => fault?.name === "AbortError";

/** A reply that is well. A busy server is asked again after the time that it names. */
export async function call(path, { body, signal } = {}) {
  for (let attempt = 1; ; attempt++) {
    const headers = {};
    const key = sessionStorage.getItem(keyName);
    if (key) headers.Authorization = `Bearer ${key}`;
    if (body) headers["Content-Type"] = "application/json";
    let reply;
    try {
      reply = await fetch(new URL(path, root), { method: body ? "POST" : "GET", headers, signal, body: body && JSON.stringify(body) });
    } catch (fault) {
      if (isAborted(fault)) throw fault;
      throw new Problem(0, "The server does not answer. Is it still running?");
    }

    if (reply.ok) return reply;
    if (reply.status === 401) {
      const given = await askForKey();
      if (given) {
        sessionStorage.setItem(keyName, given);
        continue;
      }
    }

    if ((reply.status === 429 || reply.status === 503) && attempt < tries) {
      await pause(1000 * (Number(reply.headers.get("Retry-After")) || 1), signal);
      continue;
    }

    const problem = await reply.json().catch(() => ({}));
    throw new Problem(reply.status, problem.detail ?? problem.title ?? `The server answered ${reply.status}.`);
  }
}

export const json = async (path, options) => (await call(path, options)).json();

/** A picture of the index as something that an img shows; the caller revokes it. */
export async function imageUrl(picture, side, signal) {
  const reply = await call(`v1/pictures/${picture.id}/image?side=${side}&v=${picture.sha256.slice(0, 8)}`, { signal });
  return URL.createObjectURL(await reply.blob());
}

/** Shows a picture; one of few pixels with its edges. */
export function showImage(image, url) {
  image.onload = () => image.classList.toggle("tiny", Math.max(image.naturalWidth, image.naturalHeight) <= 96);
  image.src = url;
}

const ofTexts = new Map();
const mostTexts = 1000;

/** The vector of a text; texts asked for before cost nothing. */
export async function textVector(text, signal) {
  if (!ofTexts.has(text)) {
    const [vector] = await embed([text], signal);
    if (ofTexts.size >= mostTexts) ofTexts.delete(ofTexts.keys().next().value);
    ofTexts.set(text, vector);
  }

  return ofTexts.get(text);
}

/** The vector of a picture's file. */
export async function fileVector(file, signal) {
  return (await embed([{ image: await dataUrl(file) }], signal))[0];
}

/** A picture of the index with its vector. */
export async function storedPicture(id, signal) {
  const reply = await json(`v1/pictures/${id}`, { signal });
  return { picture: reply.picture, vector: fromBase64(reply.vector) };
}

export function toBase64(vector) {
  const bytes = new Uint8Array(4 * vector.length);
  const view = new DataView(bytes.buffer);
  vector.forEach((number, i) => view.setFloat32(4 * i, number, true));
  return btoa(String.fromCharCode(...bytes));
}

async function embed(input, signal) {
  const reply = await json("v1/embeddings", { body: { input, encoding_format: "base64" }, signal });
  return reply.data.map(item => fromBase64(item.embedding));
}

function fromBase64(text) {
  const bytes = Uint8Array.from(atob(text), character => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

// The file itself, so that the model sees its very pixels; only what the server would refuse is made smaller.
async function dataUrl(file) {
  const whole = await read(file);
  if (whole.length <= mostCharacters) return whole;
  const bitmap = await createImageBitmap(file, { imageOrientation: "none" }).catch(() => null);
  if (!bitmap) throw new Problem(400, "The file is too large, and no picture that this browser can make smaller.");
  const scale = Math.min(1, sideWhenLarge / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.95);
}

function read(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.replace(/^data:[^,]*?(;base64)?,/, "data:application/octet-stream;base64,"));
    reader.onerror = () => reject(new Problem(400, "The file cannot be read."));
    reader.readAsDataURL(file);
  });
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", leave);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", leave, { once: true });
  });
}
