import { Card, Empty } from '../parts';
import { Pixels, sequential } from '../pixels';
import type { Subject, TestAnswers, WrongDigit } from '../protocol';
import { count, percent } from '../words';
import './train.css';

const HEIGHT = 150;
const HOW =
  'Under each stands its class, and what it is taken for. Choose one to see its way through the layers.';

/** Test digits that the network takes for others: fewer as it learns. One that is chosen goes through the layers. */
export function WrongDigits({
  answers,
  isDark,
  chosen,
  choose,
}: {
  answers: TestAnswers | undefined;
  isDark: boolean;
  /** Place of the digit whose layers are shown. */
  chosen: number | undefined;
  choose: (subject: Subject) => void;
}) {
  return (
    <Card
      title="Taken for others"
      wide
      note={answers ? spoken(answers) : `Test digits that the network gets wrong. ${HOW}`}
    >
      {answers ? (
        <ul class="strip" aria-label="Wrong digits">
          {answers.wrong.map((digit) => (
            <li key={digit.place}>
              <button
                type="button"
                class="wrong"
                aria-pressed={digit.place === chosen}
                onClick={() => choose({ kind: 'test', place: digit.place })}
              >
                <Pixels
                  rows={28}
                  columns={28}
                  of={digit.image}
                  isDark={isDark}
                  colour={(i) => sequential(digit.image[i] / 255, isDark)}
                  label={nameOf(digit)}
                />
                <span>
                  {digit.label} → <b>{digit.answer}</b>
                </span>
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <Empty height={HEIGHT}>They appear with the first test, a second after training begins.</Empty>
      )}
    </Card>
  );
}

const nameOf = ({ label, answer, probability }: WrongDigit): string =>
  `${label}, taken for ${answer} with ${percent(probability, 0)} %`;

function spoken({ step, images, mistakes, wrong }: TestAnswers): string {
  const first = wrong.length < mistakes ? `, of which the first ${wrong.length} are shown` : '';
  return `${count(mistakes)} of ${count(images)} test images after step ${count(step)}${first}. ${HOW}`;
}
