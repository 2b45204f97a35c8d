/** A distance for a heat-map cell or a sentence: three significant places where they carry something. */
export function formatDistance(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 0.001) return value.toExponential(1);
  return value.toFixed(size < 0.1 ? 3 : size < 100 ? 2 : 0);
}

/** A share in [0, 1] as percent, two decimals, without the sign. */
export function formatPercent(share: number): string {
  return (share * 100).toFixed(2);
}

/** Millions of parameters: two decimals, three below a million, four below ten thousand, so that small cells differ. */
export function formatMillions(millions: number): string {
  if (millions === 0) return '0';
  return millions.toFixed(millions < 0.01 ? 4 : millions < 1 ? 3 : 2);
}

/** Seconds in the one or two units that matter: `12.3 s`, `3 min 20 s`, `2 h 5 min`, `2.3 days`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${(seconds / 86_400).toFixed(1)} days`;
}

/** Whole numbers with thin groups of thousands: `60 000`. */
export function formatCount(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** A p-value: two decimals, three where it is small, and never 0. */
export function formatP(p: number): string {
  if (p < 0.001) return p.toExponential(0);
  return p.toFixed(p < 0.1 ? 3 : 2);
}
