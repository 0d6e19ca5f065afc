const newline = 0x0a;

/** No object of etcd comes near it; without a limit a stream without line ends would fill the memory. */
const longestLineBytes = 64 * 1024 * 1024;

/** A line grew beyond the limit. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';
}

/**
 * Cuts a stream of bytes into lines. It decodes complete lines only, so a character that is split between two chunks stays whole.
 */
export class LineSplitter {
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  /** Bytes of a line whose end hasn't come yet. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  /** The lines that `chunk` completes, without their ends and without empty ones. Throws LineTooLongError. */
  push(chunk: Uint8Array): readonly string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = this.#complete(chunk.subarray(start, end));
      if (line !== '') lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  #complete(tail: Uint8Array): string {
    const line = this.#bytes === 0 ? decode(tail) : decode(Buffer.concat([...this.#chunks, tail]));
    this.#chunks = [];
    this.#bytes = 0;
    return line.trim();
  }

  #keep(part: Uint8Array): void {
    this.#bytes += part.length;
    if (this.#bytes > longestLineBytes) {
      throw new LineTooLongError(`a line is longer than ${longestLineBytes} bytes`);
    }
    this.#chunks.push(part);
  }
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
