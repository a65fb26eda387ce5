/** Processor time of this process so far, in ms: unlike the clock it does not run on while others work. */
export function busyMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
