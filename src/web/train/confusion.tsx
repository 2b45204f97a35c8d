import { Card, Empty } from '../parts';
import { css, inkOn, sequential } from '../pixels';
import type { TestAnswers } from '../protocol';

const HEIGHT = 300;

/** How many test images of each class get which answer. */
export function Confusion({ answers, isDark }: { answers: TestAnswers | undefined; isDark: boolean }) {
  return (
    <Card
      title="Confusion"
      note="Test images by their class, in rows, and by the network’s answer, in columns."
    >
      {answers ? <Matrix answers={answers} isDark={isDark} /> : <Empty height={HEIGHT}>No test yet.</Empty>}
    </Card>
  );
}

function Matrix({ answers: { classes, confusion }, isDark }: { answers: TestAnswers; isDark: boolean }) {
  const largest = Math.max(1, ...confusion.flat());
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reached by keyboard
    <section class="scroll" aria-label="Confusion matrix" tabIndex={0}>
      <table class="confusion">
        <thead>
          <tr>
            <td />
            {classes.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {confusion.map((row, label) => (
            <tr key={classes[label]}>
              <th scope="row">{classes[label]}</th>
              {row.map((images, answer) => {
                // A root, so that single mistakes are seen beside hundreds of right answers.
                const fill = sequential(Math.sqrt(images / largest), isDark);
                return (
                  <td
                    key={classes[answer]}
                    class={label === answer ? 'right' : ''}
                    style={{ background: css(fill), color: inkOn(fill) }}
                  >
                    {images > 0 ? images : ''}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
