// Runs the suite: node run.mjs WASM. Exit status 1 if a test fails.
import { readFile } from "node:fs/promises";
import { stdout } from "node:process";

const text = (start, length) => new TextDecoder().decode(new Uint8Array(instance.exports.memory.buffer, start, length));
const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]), {
  env: { print: (start, length) => stdout.write(text(start, length)) },
});
instance.exports.run();
