import type { ProfileRow } from '../../../runtime/profile';
import { Empty } from '../parts';
import { count, percent, seconds } from '../words';
import './profile.css';

const MOST_ROWS = 12;

type Row = Pick<ProfileRow, 'name' | 'seconds' | 'share' | 'calls'>;

/** GPU time as bars, the longest first, under whole names. */
export function Rows({ rows, caption }: { rows: readonly ProfileRow[]; caption: string }) {
  if (rows.length === 0) return <Empty height={240}>Nothing profiled yet.</Empty>;
  const longest = rows[0].seconds;
  return (
    <table class="times">
      <caption>{caption}</caption>
      <tbody>
        {firstOf(rows).map(({ name, seconds: time, share, calls }) => (
          <tr
            key={name}
            title={`${name}: ${seconds(time)} in ${calls === 1 ? 'one call' : `${count(calls)} calls`}`}
          >
            <th scope="row">
              {name}
              <span class="time" style={{ width: `${longest > 0 ? (100 * time) / longest : 0}%` }} />
            </th>
            <td class="number">{seconds(time)}</td>
            <td class="number">{percent(share)} %</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The longest rows, then the sum of all others. */
function firstOf(rows: readonly ProfileRow[]): Row[] {
  const rest = rows.slice(MOST_ROWS);
  if (rest.length === 0) return [...rows];
  const sum = (value: (row: ProfileRow) => number) => rest.reduce((all, row) => all + value(row), 0);
  return [
    ...rows.slice(0, MOST_ROWS),
    {
      name: `${rest.length} others`,
      seconds: sum((row) => row.seconds),
      share: sum((row) => row.share),
      calls: sum((row) => row.calls),
    },
  ];
}
