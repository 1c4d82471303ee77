export type Asked = { command: string; options: Readonly<Record<string, string | number | true | undefined>> };

/** The command that a person may run from the clone, quoted for a shell. */
export function commandOf({ command, options }: Asked): string {
  const words = Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? [option] : [option, quoted(String(value))];
  });
  return ["npx countersign", command, ...words].join(" ");
}

/** As a shell reads it back, byte for byte. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
