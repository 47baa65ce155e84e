/** One line on stderr that replaces itself on a terminal; elsewhere nothing, so that logs stay readable. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY === true) process.stderr.write(`\r\u001b[2K${text}`);
}

export function endProgress(): void {
  showProgress('');
}
