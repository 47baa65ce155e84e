// @ts-check
/** Starts the local embedding service as a child process. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const START_TIMEOUT_MS = 30_000;

/**
 * @param {{ corpus: string }} options
 * @returns {Promise<{ url: string, stop: () => void }>} `url` is the base URL of the API, with `/v1`
 */
export async function startLocalEmbeddingService({ corpus }) {
  const script = fileURLToPath(new URL('./embedding-server.js', import.meta.url));
  // stdin stays open as a life line: it ends with this process, whatever ends it.
  const child = spawn(process.execPath, [script, '--corpus', corpus], { stdio: ['pipe', 'pipe', 'inherit'] });
  const stop = () => {
    child.stdin.end();
  };
  try {
    const url = await firstLine(child);
    child.stdout.resume();
    return { url, stop };
  } catch (error) {
    child.kill();
    throw error;
  }
}

/**
 * @param {import('node:child_process').ChildProcessByStdio<import('node:stream').Writable, import('node:stream').Readable, null>} child
 * @returns {Promise<string>}
 */
function firstLine(child) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the embedding service did not start within ${START_TIMEOUT_MS} ms`));
    }, START_TIMEOUT_MS);
    const lines = createInterface({ input: child.stdout });
    lines.once('line', (line) => {
      clearTimeout(timer);
      lines.close();
      resolve(line);
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the embedding service ended with code ${code}`));
    });
  });
}
