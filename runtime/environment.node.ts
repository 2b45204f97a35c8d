let before: Promise<unknown> = Promise.resolve();

/**
 * Runs something with these values in the process's environment, and puts back what was there. One after another: if two
 * overlapped, the second would find the first's values and put them back for good.
 */
export function withEnvironment<T>(
  values: Readonly<Record<string, string>>,
  run: () => Promise<T>,
): Promise<T> {
  const mine = before.then(() => runWith(values, run));
  before = mine.catch(() => undefined);
  return mine;
}

async function runWith<T>(values: Readonly<Record<string, string>>, run: () => Promise<T>): Promise<T> {
  const found = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  try {
    return await run();
  } finally {
    for (const [name, value] of found) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
